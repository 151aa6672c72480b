pragma ComponentBehavior: Bound
import QtQuick

// Somebody goes for papers: the number and the code to come back with, as large as they can be.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: [
        Heading {
            width: parent.width
            size: Look.wide || Look.bigger ? 58 : 76
            title: screen.body.title
            lead: ""
        },
        Card {
            width: parent.width
            border.color: Look.colour.brand
            border.width: 2 * Look.line

            Label {
                width: parent.width
                text: screen.body.remember
                size: 34
                font.weight: Font.DemiBold
            }

            Flow {
                width: parent.width
                spacing: Look.px(48)

                Repeater {
                    model: [[screen.body.numberTitle, screen.body.number, "ticket_number"], [screen.body.codeTitle, screen.body.code, "ticket_code"]]

                    Column {
                        id: told
                        required property var modelData

                        Label {
                            text: told.modelData[0]
                            size: 34
                            color: Look.colour.ink2
                        }

                        Label {
                            objectName: told.modelData[2]
                            text: told.modelData[1]
                            size: Look.wide && Look.bigger ? 76 : Look.wide || Look.bigger ? 104 : 144
                            figures: true
                            font.weight: Font.Bold
                            color: Look.colour.brand
                            lineHeight: 1
                        }
                    }
                }
            }
        },
        Label {
            width: parent.width
            visible: screen.body.notice.text === ""
            text: screen.body.lead
            size: 34
        },
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        }
    ]

    controls: [
        Repeater {
            model: screen.body.actions.length

            Button {
                required property int index
                readonly property var told: screen.body.actions[index] ?? Look.nothing
                objectName: told.name
                width: parent.width
                height: Math.max(implicitHeight, Look.px(128))
                kind: told.kind
                size: 42
                icon: told.icon
                text: told.text
                onTapped: Look.intent(told.intent)
            }
        }
    ]
}
