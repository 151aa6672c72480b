pragma ComponentBehavior: Bound
import QtQuick

// The face first; what the operator asks or proposes is a card the person decides on; ending is unmistakable.
Item {
    id: screen

    property var body: ({})
    property var words: ({})
    property var clock: ({})
    // With a document in view the paper is what counts: more of the screen for it, nothing of ours on it.
    readonly property bool reading: body.pageShape > 0
    readonly property real panelWidth: Look.wide ? Math.round(width * (reading ? 0.3 : 0.38)) : width

    signal easeTapped

    Rectangle {
        id: face
        width: Look.wide ? screen.width - screen.panelWidth : screen.width
        height: Look.wide ? screen.height : screen.height - panel.height
        color: screen.reading ? Look.colour.line : Look.colour.video
    }

    VideoPlace {
        id: paper
        objectName: "remote_picture"
        property string text: screen.body.state
        readonly property real above: screen.reading ? head.y + head.height + Look.px(24) : 0
        readonly property real room: face.height - above - (screen.reading ? Look.px(24) : 0)
        width: screen.reading ? Math.round(Math.min(face.width, room * screen.body.pageShape)) : face.width
        height: screen.reading ? Math.round(width / screen.body.pageShape) : face.height
        x: Math.round((face.width - width) / 2)
        y: above + Math.round((room - height) / 2)
        video: Look.remoteVideo
        waiting: screen.body.live ? "" : screen.body.stateLong
    }

    Chip {
        id: head
        objectName: "operator"
        x: Look.px(40)
        y: Look.px(40)
        most: face.width - 2 * x
        dot: screen.body.live && !screen.body.weak ? "#4CC38A" : "#FFD400"
        text: screen.reading ? screen.body.pageTitle : screen.body.operator
    }

    Chip {
        objectName: "call.state"
        x: Look.px(40)
        anchors.bottom: face.bottom
        anchors.bottomMargin: Look.px(40)
        most: face.width - (own.visible ? own.width + Look.px(40) : 0) - 2 * Look.px(40)
        readonly property bool lost: screen.body.missing.text !== "" && (!screen.body.covered || screen.body.missing.icon !== "camera-off")
        icon: !screen.body.live ? "loader" : lost ? screen.body.missing.icon : screen.body.covered ? "camera-off" : "triangle-alert"
        text: !screen.body.live ? screen.body.state : lost ? screen.body.missing.text : screen.body.covered || screen.body.weak
    }

    Rectangle {
        id: own
        visible: !screen.reading
        width: Look.px(Look.wide ? 260 : 300)
        height: Look.px(Look.wide ? 300 : 340)
        anchors.right: face.right
        anchors.bottom: face.bottom
        anchors.margins: Look.px(40)
        radius: Look.px(8)
        color: Look.colour.video
        border.color: "#FFFFFF"
        border.width: Look.px(4)

        VideoPlace {
            objectName: "own_picture"
            anchors.fill: parent
            anchors.margins: Look.px(4)
            video: Look.localVideo
        }

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            anchors.bottom: parent.bottom
            anchors.bottomMargin: Look.px(12)
            width: you.width + Look.px(32)
            height: you.height + Look.px(8)
            radius: height / 2
            color: "#101A21"

            Label {
                id: you
                anchors.centerIn: parent
                text: screen.body.you
                size: 28
                color: "#FFFFFF"
                lineHeight: 1
            }
        }
    }

    Rectangle {
        id: panel
        x: Look.wide ? face.width : 0
        y: Look.wide ? 0 : screen.height - height
        width: screen.panelWidth
        height: Look.wide ? screen.height : column.height + 2 * Look.px(32)
        color: Look.colour.paper

        Column {
            id: column
            x: Look.wide ? Look.px(40) : Look.margin
            y: Look.wide ? parent.height - height - Look.px(40) : Look.px(32)
            width: parent.width - 2 * x
            spacing: Look.px(20)

            Ask {
                width: parent.width
                ask: screen.body.ask
            }

            Grid {
                id: row
                // Large letters and a question in landscape leave room for two: first the question is answered.
                readonly property bool all: !(Look.wide && Look.bigger && screen.body.ask.title !== "")
                width: parent.width
                columns: Look.wide || Look.bigger ? 2 : 4
                spacing: Look.gapSmall
                readonly property int each: Math.floor((width - (columns - 1) * spacing) / columns)
                readonly property int tallest: Math.max(readings.implicitHeight, payment.implicitHeight, mute.implicitHeight, ease.implicitHeight, Look.px(136))

                Button {
                    id: readings
                    visible: row.all
                    objectName: "service.readings"
                    width: row.each
                    height: row.tallest
                    upright: true
                    size: 28
                    icon: "gauge"
                    text: screen.body.readings
                    onTapped: Look.intent({ "type": "open_service", "service": "readings" })
                }

                Button {
                    id: payment
                    visible: row.all
                    objectName: "service.payment"
                    enabled: screen.body.canPay
                    width: row.each
                    height: row.tallest
                    upright: true
                    size: 28
                    icon: "wallet"
                    text: screen.body.payment
                    onTapped: Look.intent({ "type": "open_service", "service": "payment" })
                }

                Button {
                    id: mute
                    objectName: "mute"
                    width: row.each
                    height: row.tallest
                    role: Accessible.CheckBox
                    checked: screen.body.microphoneOn
                    kind: screen.body.microphoneOn ? "plain" : "soft"
                    upright: true
                    size: 28
                    icon: screen.body.microphoneOn ? "mic" : "mic-off"
                    text: screen.body.microphone
                    onTapped: Look.intent({ "type": "mute", "microphone_on": !screen.body.microphoneOn })
                }

                Button {
                    id: ease
                    objectName: "ease"
                    width: row.each
                    height: row.tallest
                    upright: true
                    size: 28
                    icon: "person-standing"
                    text: screen.body.ease
                    onTapped: screen.easeTapped()
                }
            }

            Button {
                objectName: "end_call"
                width: parent.width
                height: Math.max(implicitHeight, Look.px(128))
                kind: "danger"
                size: 42
                icon: "phone-off"
                text: screen.body.end
                onTapped: Look.intent({ "type": "end_call" })
            }
        }
    }
}
