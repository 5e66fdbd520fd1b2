// Some of the device's script files in a world of their own, as Max joins them.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const FOLDER = path.join(__dirname, '../../max_for_live');

// load('schedule', 'phrase'): an object with everything that these files define. protocol.js is always there.
function load(...names) {
  const context = vm.createContext({});
  for (const file of ['protocol.js', ...names.map((name) => `script/${name}.js`)]) {
    vm.runInContext(fs.readFileSync(path.join(FOLDER, file), 'utf8'), context, { filename: file });
  }
  return context;
}

// Without the prototypes of the other world, for comparing.
const plain = (value) => JSON.parse(JSON.stringify(value));

module.exports = { load, plain, FOLDER };
