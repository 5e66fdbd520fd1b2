// OSC messages as Max's udpsend and udpreceive write and read them: whole numbers as i, others as f, symbols as s.
'use strict';

function padded(text) {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

function encode([address, ...values]) {
  let tags = ',';
  const body = values.map((value) => {
    if (typeof value === 'string') {
      tags += 's';
      return padded(value);
    }
    const bytes = Buffer.alloc(4);
    if (Number.isInteger(value)) {
      tags += 'i';
      bytes.writeInt32BE(value);
    } else {
      tags += 'f';
      bytes.writeFloatBE(value);
    }
    return bytes;
  });
  return Buffer.concat([padded(address), padded(tags), ...body]);
}

// The reverse of encode.
function decode(datagram) {
  let at = 0;
  const takeText = () => {
    const end = datagram.indexOf(0, at);
    const text = datagram.toString('utf8', at, end);
    at = end + 4 - (end % 4);
    return text;
  };
  const takeNumber = (read) => {
    at += 4;
    return read.call(datagram, at - 4);
  };
  const take = {
    i: () => takeNumber(datagram.readInt32BE),
    f: () => takeNumber(datagram.readFloatBE),
    s: takeText,
  };
  const address = takeText();
  return [address, ...[...takeText().slice(1)].map((tag) => take[tag]())];
}

module.exports = { encode, decode };
