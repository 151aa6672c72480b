pragma ComponentBehavior: Bound
import QtQuick

// The number and its code: two fields, filled one after the other by the same large keys.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})
    // Large letters and something to tell: the message comes before what was said at the beginning.
    readonly property bool short: Look.bigger && body.notice.text !== ""

    readonly property int boxes: body.fields.reduce((sum, one) => sum + one.boxes.length, 0)

    info: [
        Heading {
            width: parent.width
            size: Look.wide || Look.bigger ? 58 : 76
            title: screen.body.title
            lead: screen.short ? "" : screen.body.lead
        },
        Flow {
            id: fields
            objectName: "typed_number"
            property string text: screen.body.typed
            width: parent.width
            spacing: Look.gap
            Accessible.role: Accessible.EditableText
            Accessible.name: screen.body.title + " " + screen.body.spoken

            Repeater {
                model: screen.body.fields.length

                Card {
                    id: field
                    required property int index
                    readonly property var told: screen.body.fields[index] ?? Look.nothing
                    readonly property int boxes: told.boxes.length
                    pad: Look.px(24)
                    between: Look.px(12)
                    width: 2 * pad + boxes * digits.side + (boxes - 1) * digits.spacing
                    border.color: told.here ? Look.colour.brand : Look.colour.line
                    border.width: told.here ? 2 * Look.line : Look.line

                    Label {
                        width: parent.width
                        text: field.told.title
                        size: 28
                        color: Look.colour.ink2
                    }

                    Row {
                        id: digits
                        readonly property int all: screen.boxes
                        readonly property int side: Math.min(Look.bigger ? Look.type(88) : Look.px(112), Math.floor((fields.width - fields.spacing - 4 * field.pad - (all - 2) * spacing) / all))
                        spacing: Look.px(10)

                        Repeater {
                            model: field.boxes

                            Rectangle {
                                id: box
                                required property int index
                                width: digits.side
                                height: Math.round(digits.side * 1.15)
                                radius: Look.px(16)
                                color: Look.colour.brand_tint
                                border.color: Look.colour.line
                                border.width: Look.contrast ? Look.line : 0

                                Label {
                                    anchors.centerIn: parent
                                    text: field.told.boxes[box.index] ?? ""
                                    size: 58
                                    font.pixelSize: Math.min(Look.type(size), Math.floor(digits.side * 0.9))
                                    figures: true
                                    font.weight: Font.DemiBold
                                    lineHeight: 1
                                }
                            }
                        }
                    }
                }
            }
        },
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        },
        Row {
            visible: screen.body.notice.text === ""
            width: parent.width
            spacing: Look.px(20)

            Icon {
                id: slip
                name: "ticket"
                tint: Look.colour.brand
                side: Look.px(56)
            }

            Label {
                width: parent.width - slip.width - parent.spacing
                anchors.verticalCenter: parent.verticalCenter
                text: screen.body.where
                size: 34
                color: Look.colour.ink2
            }
        }
    ]

    controls: [
        Keypad {
            width: parent.width
            body: screen.body
            room: screen.roomToAct - go.height - fresh.height - 2 * Look.gap
        },
        Button {
            id: go
            objectName: "confirm"
            width: parent.width
            kind: "main"
            size: 42
            icon: screen.body.busy ? "loader" : "arrow-right"
            text: screen.body.confirm
            enabled: screen.body.canConfirm
            onTapped: Look.intent({ "type": "confirm" })
        },
        Button {
            id: fresh
            objectName: "new_number"
            width: parent.width
            icon: "ticket"
            text: screen.body.new
            onTapped: Look.intent({ "type": "open_service", "service": "talk" })
        }
    ]
}
