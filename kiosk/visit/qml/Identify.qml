import QtQuick

// The account number, or the card: what it is asked for is said.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: [
        Heading {
            width: parent.width
            title: screen.body.title
            lead: Look.bigger && Look.wide && screen.body.notice.text !== "" ? "" : screen.body.lead
        },
        Rectangle {
            objectName: "typed_account"
            property string text: screen.body.typed
            width: parent.width
            height: Math.max(Look.px(136), number.height + Look.px(32))
            radius: Look.px(28)
            color: Look.colour.card
            border.color: Look.colour.brand
            border.width: 2 * Look.line
            Accessible.role: Accessible.EditableText
            Accessible.name: screen.body.title + " " + screen.body.typed

            Label {
                id: number
                x: Look.px(32)
                width: parent.width - 2 * x
                anchors.verticalCenter: parent.verticalCenter
                text: screen.body.shown === "" ? screen.body.hint : screen.body.shown
                size: screen.body.shown === "" ? 34 : 76
                figures: true
                font.weight: screen.body.shown === "" ? Font.Normal : Font.DemiBold
                color: screen.body.shown === "" ? Look.colour.ink2 : Look.colour.ink
                wrapMode: Text.WrapAtWordBoundaryOrAnywhere
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
                id: card
                name: "nfc"
                tint: Look.colour.brand
                side: Look.px(56)
            }

            Label {
                width: parent.width - card.width - parent.spacing
                anchors.verticalCenter: parent.verticalCenter
                text: screen.body.card
                size: 34
                color: Look.colour.ink2
            }
        }
    ]

    controls: [
        Keypad {
            width: parent.width
            body: screen.body
            room: screen.roomToAct - go.height - Look.gap
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
        }
    ]
}
