// The menu of the models that the bridge has.
var listing = { id: null, names: [] }; // as its parts come in, whichever device has asked

function hear_models(id, names) {
    if (listing.id !== id) listing = { id: id, names: [] };
    listing.names = listing.names.concat(names);
}

function hear_models_end(id) {
    if (id !== listing.id || !connection.band) return;
    var playing = connection.band.model;
    var names = listing.names;
    listing = { id: null, names: [] };
    face.models(names.indexOf(playing) < 0 ? [playing].concat(names) : names, playing);
}

function choose_model(name) {
    if (!connection.band || name === connection.band.model) return;
    say("Loading " + name);
    connection.request(MAI.REQUESTS.MODEL_LOAD, [name], {
        done: greet,
        refused: function (_code, text) {
            face.model(connection.band.model);
            say(text);
        }
    });
}

// The bridge answers with the band that plays now.
function greet() {
    if (socket) socket.hello();
    else tell(ensemble.leader(), "greet");
}
