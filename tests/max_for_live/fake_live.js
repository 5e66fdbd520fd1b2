// A Live set as LiveAPI shows it: objects by id, with the classes and members that the device may use. Anything else,
// and whatever Live forbids, is an error.
'use strict';

class FakeLive {
  // tracks: how many MIDI tracks, with a clip slot for each of the scenes.
  constructor({ tracks = 1, scenes = 4, tempo = 120, clock = null } = {}) {
    this.objects = new Map();
    this.uses = new Set(); // "Class kind name", to be compared with the published names
    this.observers = [];
    this.listeners = []; // of the transport: those of Max's own timing objects
    this.clock = clock;
    this.notifying = false;
    this.anchor = { beat: 0, at: 0 };
    this.song = this.add('Song', {
      tempo, is_playing: 0, signature_numerator: 4, signature_denominator: 4, current_song_time: 0,
      root_note: 0, scale_name: 'Major', scale_mode: 0,
    });
    this.scenes = Array.from({ length: scenes }, () => this.add('Scene', {}));
    this.song.scenes = this.scenes;
    this.view = this.add('Song.View', { selected_scene: this.scenes[0] });
    this.tracks = Array.from({ length: tracks }, () => this.addTrack(scenes));
    this.song.tracks = this.tracks;
  }

  add(type, members) {
    const object = Object.assign(Object.create({ id: this.objects.size + 1, type }), members);
    this.objects.set(object.id, object);
    return object;
  }

  addTrack(scenes) {
    const track = this.add('Track', {});
    track.canonical_parent = this.song;
    track.clip_slots = Array.from({ length: scenes }, () => this.addSlot(track));
    return track;
  }

  addSlot(track) {
    const slot = this.add('ClipSlot', { canonical_parent: track, has_clip: 0, clip: null });
    Object.assign(Object.getPrototypeOf(slot), {
      create_clip: (length) => {
        if (slot.has_clip) throw new Error('Live: the slot has a clip already');
        if (!(length > 0)) throw new Error('Live: a clip cannot be ' + length + ' beats long');
        slot.clip = this.addClip(slot, length);
        slot.has_clip = 1;
      },
      delete_clip: () => Object.assign(slot, { has_clip: 0, clip: null }),
    });
    return slot;
  }

  addClip(slot, length) {
    const clip = this.add('Clip', { canonical_parent: slot, name: '', color: 0, length });
    const hidden = Object.getPrototypeOf(clip);
    hidden.notes = [];
    hidden.add_new_notes = ({ notes }) => {
      for (const note of notes) {
        const { pitch, velocity, start_time: start, duration } = note;
        const fits = pitch >= 0 && pitch <= 127 && velocity >= 1 && velocity <= 127 && start >= 0 && duration > 0;
        if (!fits) throw new Error('Live refuses the note ' + JSON.stringify(note));
        hidden.notes.push(note);
      }
    };
    return clip;
  }

  // A device on a track, in racks so deep.
  addDevice(track = this.tracks[0], racks = 0) {
    let parent = track;
    for (let depth = 0; depth < racks; depth++) {
      const rack = this.add('RackDevice', { canonical_parent: parent });
      parent = this.add('Chain', { canonical_parent: rack });
    }
    return this.add('MaxDevice', { canonical_parent: parent });
  }

  // ---- the musician and Live

  change(property, value) {
    this.settle();
    this.song[property] = value;
    this.notify(property);
    for (const listener of [...this.listeners]) listener();
  }

  play() {
    this.change('is_playing', 1);
  }

  stop() {
    this.change('is_playing', 0);
  }

  locate(beat) {
    this.settle();
    this.anchor.beat = beat;
    this.change('current_song_time', beat);
  }

  beat() {
    if (!this.song.is_playing || !this.clock) return this.anchor.beat;
    return this.anchor.beat + ((this.clock.now - this.anchor.at) * this.song.tempo) / 60000;
  }

  settle() {
    this.anchor = { beat: this.beat(), at: this.clock ? this.clock.now : 0 };
  }

  notify(property) {
    for (const observer of [...this.observers]) {
      if (observer.property_ !== property) continue;
      this.notifying = true;
      observer.callback([property, this.song[property]]);
      this.notifying = false;
    }
  }

  // The class LiveAPI, as the script of `device` sees it. `isLoaded()`: whether live.thisdevice has banged.
  api(device, isLoaded) {
    const live = this;
    return class LiveAPI {
      constructor(callback, path) {
        if (!isLoaded()) throw new Error('a LiveAPI object made before live.thisdevice bangs stays dead');
        this.path = typeof callback === 'function' ? path : callback;
        this.callback = typeof callback === 'function' ? callback : null;
        this.object = live.resolve(this.path, device);
      }
      get id() {
        return this.object ? String(this.object.id) : '0';
      }
      get type() {
        return this.object ? this.object.type : 'None';
      }
      get(name) {
        return pointers(live.member(this.object, 'get', name));
      }
      set(name, value) {
        live.member(this.object, 'set', name);
        if (live.notifying) throw new Error('Live: changes cannot be triggered by notifications');
        this.object[name] = value;
      }
      call(name, ...values) {
        if (live.notifying) throw new Error('Live: changes cannot be triggered by notifications');
        return live.member(this.object, 'call', name)(...values);
      }
      set property(name) {
        live.member(this.object, 'observe', name);
        this.property_ = name;
        live.observers.push(this);
        this.callback(['id', Number(this.id)]);
        this.callback([name, this.object[name]]);
      }
    };
  }

  member(object, kind, name) {
    if (!object) throw new Error('there is no object to ' + kind + ' ' + name);
    const known = kind === 'call' ? typeof object[name] === 'function' : Object.hasOwn(object, name);
    if (!known) throw new Error(`${object.type} has nothing to ${kind} called ${name}`);
    this.uses.add(`${object.type} ${kind} ${name}`);
    return object[name];
  }

  resolve(path, device) {
    const [first, ...names] = path.split(' ');
    if (first === 'id') return this.objects.get(Number(names[0])) || null;
    let object = { live_set: this.song, this_device: device }[first];
    if (!object) throw new Error('no such path in Live: ' + path);
    for (const name of names) object = name === 'view' ? this.view : this.member(object, 'get', name);
    return object;
  }
}

// As Live gives values: in a list, objects as the word id and a number.
function pointers(value) {
  if (value === null) return ['id', 0];
  if (Array.isArray(value)) return value.flatMap(pointers);
  return typeof value === 'object' ? ['id', value.id] : [value];
}

module.exports = { FakeLive };
