import QtQuick

// Thank you; what to keep, on the screen and as a code for the phone.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: [
        Rectangle {
            visible: screen.body.code === ""
            width: Look.px(176)
            height: width
            radius: width / 2
            color: Look.colour.success_tint
            border.color: Look.colour.success
            border.width: Look.contrast ? Look.line : 0

            Icon {
                anchors.centerIn: parent
                side: Look.px(104)
                name: "circle-check"
                tint: Look.colour.success
            }
        },
        Heading {
            width: parent.width
            title: screen.body.title
            lead: screen.body.lead
        },
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        },
        References {
            objectName: "references"
            width: parent.width
            references: screen.body.references
        }
    ]

    controls: [
        Card {
            visible: screen.body.code !== ""
            width: parent.width
            between: Look.px(24)

            Image {
                id: code
                objectName: "qr"
                property string text: screen.body.code
                // As large as the words around it leave room for: it is scanned standing, from an arm's length.
                property int side: screen.fitted(screen.roomToAct - hint.height - finish.height - 2 * Look.gap - 2 * Look.px(32), Look.wide ? 380 : 400, 680)
                anchors.horizontalCenter: parent.horizontalCenter
                sourceSize: Qt.size(side, side)
                source: screen.body.code === "" ? "" : "image://codes/" + encodeURIComponent(screen.body.code)
                smooth: false
                Accessible.role: Accessible.Graphic
                Accessible.name: screen.body.codeHint
            }

            Label {
                id: hint
                width: parent.width
                horizontalAlignment: Text.AlignHCenter
                text: screen.body.codeHint
                size: 34
                color: Look.colour.ink2
            }
        },
        Button {
            id: finish
            objectName: "finish"
            width: parent.width
            height: Math.max(implicitHeight, Look.px(128))
            kind: "main"
            size: 42
            icon: "log-out"
            text: screen.body.finish
            onTapped: Look.intent({ "type": "finish" })
        }
    ]
}
