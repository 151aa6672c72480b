import QtQuick

// The phone number: what will happen and when is said before it is typed, and what the number is used for.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: [
        Heading {
            width: parent.width
            // Large print: the pad and its button come first, and who types has read the rest.
            size: Look.bigger ? (Look.wide ? 40 : 52) : Look.wide ? 58 : 76
            title: screen.body.title
            lead: screen.body.notice.text !== "" || (Look.bigger && screen.body.typed !== "") ? "" : screen.body.lead
        },
        Rectangle {
            objectName: "typed_phone"
            property string text: screen.body.typed
            width: parent.width
            height: Math.max(Look.px(136), number.height + Look.px(32))
            radius: Look.px(28)
            color: Look.colour.card
            border.color: Look.colour.brand
            border.width: 2 * Look.line
            Accessible.role: Accessible.EditableText
            Accessible.name: screen.body.title + " " + screen.body.spokenNumber

            Label {
                id: number
                x: Look.px(32)
                width: parent.width - 2 * x
                anchors.verticalCenter: parent.verticalCenter
                text: screen.body.shown
                size: Look.bigger || Look.wide ? 58 : 76
                figures: true
                font.weight: Font.DemiBold
                color: screen.body.typed === "" ? Look.colour.ink2 : Look.colour.ink
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
            width: parent.width
            spacing: Look.px(20)

            Icon {
                id: shield
                name: "shield-check"
                tint: Look.colour.brand
                side: Look.px(56)
            }

            Label {
                objectName: "consent"
                width: parent.width - shield.width - parent.spacing
                anchors.verticalCenter: parent.verticalCenter
                text: screen.body.consent
                size: Look.bigger ? 28 : 34
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
            icon: screen.body.busy ? "loader" : "phone"
            text: screen.body.confirm
            enabled: screen.body.canConfirm
            onTapped: Look.intent({ "type": "confirm" })
        }
    ]
}
