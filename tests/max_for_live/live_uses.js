// Has the shipped device do all that it does with Live, and prints which members of which classes it used, as JSON.
'use strict';
const { Clock } = require('./fake_max.js');
const { FakeLive } = require('./fake_live.js');
const { Patch } = require('./mini_max.js');
const { SHIPPED } = require('./sources.js');

const clock = new Clock();
const live = new FakeLive({ clock });
const patch = new Patch(SHIPPED, { clock, live, device: live.addDevice(live.tracks[0], 1), onSend: () => {} });
patch.load();
patch.receive('/mai/welcome', 1, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums');
patch.receive('/mai/bar', -1, 0, 0, 0, 1, -1, 36, 100, 0, 1);
patch.use('Write Clip');
patch.use('Clip Slot', 0);
patch.use('Write Clip');
patch.use('Write Clip');
for (const change of [['tempo', 90], ['root_note', 2], ['scale_name', 'Dorian'], ['scale_mode', 1]]) live.change(...change);
live.play();
clock.advance(3000);
console.log(JSON.stringify([...live.uses]));
