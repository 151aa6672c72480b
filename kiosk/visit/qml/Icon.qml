import QtQuick

// A Lucide picture in one colour. It always stands beside a word.
Image {
    id: icon

    property string name: ""
    property color tint: Look.colour.ink
    property int side: Look.px(48)

    width: side
    height: side
    sourceSize: Qt.size(side, side)
    source: name === "" ? "" : Look.icon(name, tint)
    smooth: false
    Accessible.ignored: true
}
