// The script as it is inside the shipped device.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { readDevice } = require('./mini_max.js');

const SHIPPED = fs.readFileSync(path.join(__dirname, '../../max_for_live/MAIsynthesizer.amxd'));
const SOURCE = readDevice(SHIPPED).files.get('maisynthesizer.device.js');

module.exports = { SHIPPED, SOURCE };
