import QtQuick

// One bill of a payment: ticked or not while it is chosen, a line of the slip when it is paid.
Touchable {
    id: bill

    property string title: ""
    property string note: ""
    property string sum: ""
    property bool choosing: true
    // Low reach has half the height: a name and a sum say enough to tick it.
    readonly property bool brief: choosing && Look.lowReach && !Look.wide

    spoken: title + ". " + note + ". " + sum
    role: choosing ? Accessible.CheckBox : Accessible.StaticText
    enabled: choosing
    activeFocusOnTab: choosing
    color: held ? Look.colour.pressed : choosing && checked ? Look.colour.brand_tint : Look.colour.card
    border.color: choosing && checked ? Look.colour.brand : Look.colour.edge
    border.width: choosing && checked ? 2 * Look.line : Look.line
    implicitHeight: Math.max(Look.px(Look.wide || brief ? 112 : 136), texts.height + 2 * Look.px(Look.wide || brief ? 16 : 24))

    Rectangle {
        id: box
        visible: bill.choosing
        width: visible ? Look.px(64) : 0
        height: Look.px(64)
        x: Look.px(28)
        anchors.verticalCenter: parent.verticalCenter
        radius: Look.px(12)
        color: bill.checked ? Look.colour.brand : Look.colour.card
        border.color: bill.checked ? Look.colour.brand : Look.colour.ink2
        border.width: 2 * Look.line

        Icon {
            anchors.centerIn: parent
            visible: bill.checked
            side: Look.px(44)
            name: "check"
            tint: Look.colour.on_brand
        }
    }

    Column {
        id: texts
        x: box.x + box.width + Look.px(box.visible ? 28 : 0)
        anchors.verticalCenter: parent.verticalCenter
        width: bill.width - x - Look.px(28)
        spacing: Look.px(6)

        Row {
            width: parent.width
            spacing: Look.px(24)

            Label {
                width: parent.width - money.width - parent.spacing
                anchors.verticalCenter: parent.verticalCenter
                text: bill.title
                size: bill.brief ? 30 : Look.wide ? 34 : 38
                font.weight: Font.DemiBold
                Accessible.ignored: true
            }

            Label {
                id: money
                anchors.verticalCenter: parent.verticalCenter
                width: Math.min(implicitWidth, texts.width * 0.55)
                horizontalAlignment: Text.AlignRight
                text: bill.sum
                size: Look.wide ? 36 : 42
                font.weight: Font.DemiBold
                Accessible.ignored: true
            }
        }

        Label {
            width: parent.width
            visible: text !== "" && !bill.brief
            text: bill.note
            size: 28
            color: Look.colour.ink2
            Accessible.ignored: true
        }
    }
}
