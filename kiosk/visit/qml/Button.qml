import QtQuick

// A button: a verb with a picture beside it (or above it, in bars).
Touchable {
    id: button

    property string text: ""
    property string icon: ""
    property string kind: "plain"
    property bool upright: false
    property real size: 34
    property int iconSide: Look.px(size >= 58 ? 60 : 44)
    readonly property color front: kind === "main" ? Look.colour.on_brand : kind === "danger" ? Look.colour.on_danger : kind === "soft" ? Look.colour.brand : Look.colour.ink
    readonly property color ground: kind === "main" ? (held ? Look.colour.brand_dark : Look.colour.brand) : kind === "danger" ? (held ? Look.colour.danger_dark : Look.colour.danger) : held ? Look.colour.pressed : kind === "soft" ? Look.colour.brand_tint : Look.colour.card
    // The height the words themselves need.
    readonly property real needed: content.height + 2 * Look.px(upright ? 8 : 20)
    readonly property int between: icon === "" || text === "" ? 0 : upright ? Look.px(4) : Look.px(16)
    property int pad: upright ? Look.px(8) : Look.px(24)

    spoken: text
    color: enabled ? ground : Look.colour.paper
    border.color: !enabled ? Look.offEdge : kind === "main" ? Look.colour.brand : kind === "danger" ? Look.colour.danger : kind === "soft" ? Look.colour.brand : Look.colour.edge
    implicitWidth: content.width + 2 * pad
    implicitHeight: Math.max(Look.tall, needed)

    Item {
        id: content
        readonly property int room: button.width - 2 * button.pad
        readonly property int textRoom: button.upright || button.icon === "" ? room : room - button.iconSide - button.between
        width: button.upright ? Math.max(picture.width, words.width) : picture.width + button.between + words.width
        height: button.upright ? picture.height + button.between + words.height : Math.max(picture.height, words.height)
        anchors.centerIn: parent

        Icon {
            id: picture
            visible: button.icon !== ""
            side: visible ? button.iconSide : 0
            name: button.icon
            tint: button.enabled ? button.front : Look.off
            x: button.upright ? (parent.width - width) / 2 : 0
            y: button.upright ? 0 : (parent.height - height) / 2
        }

        Label {
            id: words
            visible: button.text !== ""
            text: button.text
            size: button.size
            width: Math.min(implicitWidth, Math.max(1, content.textRoom))
            x: button.upright ? (parent.width - width) / 2 : picture.width + button.between
            y: button.upright ? picture.height + button.between : (parent.height - height) / 2
            horizontalAlignment: button.upright || button.icon === "" ? Text.AlignHCenter : Text.AlignLeft
            font.weight: Font.DemiBold
            lineHeight: 1
            color: button.enabled ? button.front : Look.off
            Accessible.ignored: true
        }
    }
}
