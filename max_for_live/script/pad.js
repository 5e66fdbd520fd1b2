// The morph pad: four corners and a point that the mouse moves. It puts out "x y", each 0 to 1, y from the bottom.
autowatch = 0;
inlets = 1;
outlets = 1;

var MARGIN = 5; // pixels
var point = { x: 0.5, y: 0.5 };
var names = ["A", "B", "C", "D"]; // top left, top right, bottom left, bottom right
var active = false; // whether the corners hold anything

if (typeof mgraphics !== "undefined") {
    mgraphics.init();
    mgraphics.relative_coords = 0;
    mgraphics.autofill = 0;
}

// Where the morph is; also when a parameter moved it.
function place(x, y) {
    point = { x: x, y: y };
    mgraphics.redraw();
}

function corners(a, b, c, d) {
    names = [a, b, c, d];
    mgraphics.redraw();
}

function filled(on) {
    active = Boolean(on);
    mgraphics.redraw();
}

function onclick(x, y) {
    drag(x, y);
}

function ondrag(x, y, button) {
    if (button) drag(x, y);
}

function drag(x, y) {
    var width = mgraphics.size[0] - 2 * MARGIN;
    var height = mgraphics.size[1] - 2 * MARGIN;
    place(between((x - MARGIN) / width), between(1 - (y - MARGIN) / height));
    outlet(0, [point.x, point.y]);
}

function between(share) {
    return Math.min(1, Math.max(0, share));
}

function paint() {
    var width = mgraphics.size[0];
    var height = mgraphics.size[1];
    mgraphics.set_source_rgba(0.14, 0.14, 0.14, 1);
    mgraphics.rectangle(0, 0, width, height);
    mgraphics.fill();
    mgraphics.set_source_rgba(0.27, 0.27, 0.27, 1);
    mgraphics.rectangle(width / 2, MARGIN, 1, height - 2 * MARGIN);
    mgraphics.rectangle(MARGIN, height / 2, width - 2 * MARGIN, 1);
    mgraphics.fill();
    paint_names(width, height);
    var x = MARGIN + point.x * (width - 2 * MARGIN);
    var y = MARGIN + (1 - point.y) * (height - 2 * MARGIN);
    if (active) mgraphics.set_source_rgba(0.43, 0.84, 1, 1);
    else mgraphics.set_source_rgba(0.45, 0.45, 0.45, 1);
    mgraphics.ellipse(x - 4, y - 4, 8, 8);
    mgraphics.fill();
}

function paint_names(width, height) {
    mgraphics.select_font_face("Arial");
    mgraphics.set_font_size(9);
    mgraphics.set_source_rgba(0.7, 0.7, 0.7, 1);
    for (var corner = 0; corner < 4; corner++) {
        var text = String(names[corner]);
        var length = mgraphics.text_measure(text)[0];
        mgraphics.move_to(corner % 2 ? width - MARGIN - length : MARGIN, corner < 2 ? 13 : height - 5);
        mgraphics.show_text(text);
    }
}
