import QtQuick

// Words on the screen: never cut, never smaller than 28 on a screen 1080 wide.
Text {
    id: label

    property real size: 34
    property bool figures: false

    color: Look.colour.ink
    wrapMode: Text.Wrap
    textFormat: Text.PlainText
    renderType: Text.QtRendering
    lineHeight: size >= 58 ? 0.96 : 1.06
    font.family: Look.family
    font.pixelSize: Look.type(size)
    font.features: figures ? { "tnum": 1 } : {}
    Accessible.role: Accessible.StaticText
    Accessible.name: text
}
