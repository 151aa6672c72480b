import QtQuick

// A service or a choice: picture, what it is, what to know about it.
Touchable {
    id: tile

    property string icon: ""
    property string mark: ""
    property string title: ""
    property string note: ""
    property bool main: false
    property bool arrow: true
    property bool stacked: false
    property real titleSize: 42
    property real noteSize: main ? 34 : 28
    // A main service that cannot be had now does not look as if it could.
    readonly property bool strong: main && enabled
    readonly property color front: strong ? Look.colour.on_brand : Look.colour.ink
    readonly property color second: strong ? Look.colour.on_brand2 : Look.colour.ink2
    readonly property int edge: stacked || (main && !(Look.wide && Look.bigger)) || !Look.wide ? pad : Look.px(20)
    readonly property int pad: Look.px(main ? 40 : 32)

    spoken: note === "" ? title : title + ". " + note
    radius: Look.px(28)
    color: strong ? (held ? Look.colour.brand_dark : Look.colour.brand) : held ? Look.colour.pressed : Look.colour.card
    border.color: strong ? Look.colour.brand : Look.colour.edge
    implicitHeight: Math.max(Look.px(main && !(Look.wide && Look.bigger) ? 240 : Look.wide ? 136 : 160), (stacked ? badge.height + Look.px(24) : 0) + texts.height + 2 * edge)

    Rectangle {
        id: badge
        readonly property int side: Look.px(tile.main && !(Look.wide && Look.bigger) ? 136 : 88)
        width: side
        height: side
        x: tile.pad
        y: tile.stacked ? tile.pad : (tile.height - height) / 2
        radius: tile.main ? side / 2 : Look.px(20)
        color: tile.strong ? Look.colour.brand_dark : Look.colour.brand_tint
        border.color: Look.contrast ? Look.colour.line : "transparent"
        border.width: Look.contrast ? Look.line : 0

        Icon {
            anchors.centerIn: parent
            side: Look.px(tile.main && !(Look.wide && Look.bigger) ? 72 : 52)
            visible: tile.mark === ""
            name: tile.icon
            tint: tile.strong ? Look.colour.on_brand : Look.colour.brand
        }

        Label {
            anchors.centerIn: parent
            visible: tile.mark !== ""
            text: tile.mark
            size: 34
            font.weight: Font.DemiBold
            font.pixelSize: Look.px(34)
            color: Look.colour.brand
            lineHeight: 1
            Accessible.ignored: true
        }
    }

    Column {
        id: texts
        x: tile.stacked ? tile.pad : badge.x + badge.width + Look.px(tile.main ? 40 : 32)
        y: tile.stacked ? badge.y + badge.height + Look.px(24) : (tile.height - height) / 2
        width: tile.width - x - tile.pad - (pointer.visible ? Look.px(64) : 0)
        spacing: Look.px(8)

        Label {
            width: parent.width
            text: tile.title
            size: tile.titleSize
            color: tile.front
            font.weight: Font.DemiBold
            Accessible.ignored: true
        }

        Label {
            width: parent.width
            visible: tile.note !== ""
            text: tile.note
            size: tile.noteSize
            color: tile.second
            Accessible.ignored: true
        }
    }

    Icon {
        id: pointer
        visible: tile.arrow && !tile.stacked
        x: tile.width - width - tile.pad
        y: (tile.height - height) / 2
        name: "chevron-right"
        tint: tile.second
    }
}
