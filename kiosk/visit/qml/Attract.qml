pragma ComponentBehavior: Bound
import QtQuick

// The resting screen: invites, says what can be done, in three languages, with the time.
Item {
    id: attract

    property var body: ({})
    property var words: ({})
    property var clock: ({})
    readonly property color ground: Look.contrast ? Look.colour.paper : Look.colour.brand
    readonly property color front: Look.contrast ? Look.colour.ink : Look.colour.on_brand
    readonly property color second: Look.contrast ? Look.colour.ink2 : Look.colour.on_brand2

    // Somebody is asked in: that comes first where the rest would have to give way.
    readonly property bool calling: body.called !== "" && (Look.wide || Look.bigger)

    signal easeTapped

    Touchable {
        id: all
        objectName: "attract"
        anchors.fill: parent
        radius: 0
        border.width: 0
        color: held ? (Look.contrast ? Look.colour.pressed : Look.colour.brand_dark) : attract.ground
        spoken: attract.body.touch
        onTapped: Look.intent({ "type": "touch" })
    }

    Item {
        id: head
        x: Look.px(64)
        y: Look.px(56)
        width: parent.width - 2 * x
        height: Math.max(names.height, time.height)

        Column {
            id: names
            width: parent.width - time.width - Look.gap
            anchors.verticalCenter: parent.verticalCenter
            spacing: Look.px(4)

            Label {
                width: parent.width
                text: attract.body.company
                size: 42
                font.weight: Font.DemiBold
                color: attract.front
            }

            Label {
                width: parent.width
                text: attract.body.place
                size: 28
                color: attract.second
            }
        }

        Column {
            id: time
            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter

            Label {
                objectName: "clock"
                anchors.right: parent.right
                text: attract.clock.time ?? ""
                size: 58
                figures: true
                font.weight: Font.DemiBold
                color: attract.front
                lineHeight: 1
            }

            Label {
                anchors.right: parent.right
                text: attract.clock.day ?? ""
                size: 28
                color: attract.second
            }
        }
    }

    Column {
        id: hello
        x: Look.px(64)
        width: Look.wide ? Math.floor(parent.width * 0.5) - x : parent.width - 2 * x
        y: Look.wide ? Math.max(head.y + head.height + Look.px(48), (parent.height - height) / 2) : head.y + head.height + Math.max(Look.px(48), (sheet.y - head.y - head.height - height) / 2)
        spacing: Look.px(20)

        Label {
            width: parent.width
            text: attract.body.greeting
            size: Look.wide ? 104 : 132
            font.pixelSize: Math.min(Look.type(size), Math.floor(hello.width / 7.3))
            font.weight: Font.Bold
            color: attract.front
            lineHeight: 1
        }

        Repeater {
            model: attract.body.others.length

            Label {
                required property int index
                width: parent.width
                text: attract.body.others[index] ?? ""
                size: 58
                font.weight: Font.Medium
                color: attract.second
                lineHeight: 1
            }
        }
    }

    Rectangle {
        id: sheet
        x: Look.wide ? Math.floor(parent.width * 0.5) + Look.px(24) : 0
        y: Look.wide ? Math.min(head.y + head.height + Look.px(40), parent.height - height) : parent.height - height
        width: parent.width - x
        height: Look.wide ? Math.max(content.height + 2 * Look.px(40), parent.height - head.y - head.height - Look.px(40)) : content.height + 2 * Look.px(56)
        color: Look.colour.paper
        border.color: Look.colour.line
        border.width: Look.contrast ? Look.line : 0
        topLeftRadius: Look.px(56)
        topRightRadius: Look.wide ? 0 : Look.px(56)

        Column {
            id: content
            x: Look.px(64)
            y: Math.max(Look.px(Look.wide ? 40 : 56), (parent.height - height) / 2)
            width: parent.width - 2 * x
            spacing: Look.px(Look.wide ? 20 : 28)

            Label {
                objectName: "called"
                width: parent.width
                visible: text !== ""
                text: attract.body.called
                size: 58
                figures: true
                font.weight: Font.Bold
                color: Look.colour.success
            }

            Label {
                width: parent.width
                visible: !attract.calling
                text: attract.body.canDo
                size: 42
                font.weight: Font.DemiBold
            }

            Repeater {
                model: attract.calling ? 0 : attract.body.services.length

                Row {
                    id: line
                    required property int index
                    width: parent.width
                    spacing: Look.px(28)

                    Rectangle {
                        id: badge
                        width: Look.px(88)
                        height: width
                        radius: Look.px(20)
                        color: Look.colour.brand_tint
                        border.color: Look.colour.line
                        border.width: Look.contrast ? Look.line : 0

                        Icon {
                            anchors.centerIn: parent
                            side: Look.px(52)
                            name: (attract.body.services[line.index] ?? Look.nothing).icon
                            tint: Look.colour.brand
                        }
                    }

                    Label {
                        width: line.width - badge.width - line.spacing
                        anchors.verticalCenter: parent.verticalCenter
                        text: (attract.body.services[line.index] ?? Look.nothing).text
                        size: 42
                    }
                }
            }

            Button {
                objectName: "start"
                width: parent.width
                height: Math.max(implicitHeight, Look.px(Look.wide ? 120 : 144))
                kind: "main"
                size: 58
                icon: "hand"
                iconSide: Look.px(64)
                text: attract.body.touch
                onTapped: Look.intent({ "type": "touch" })
            }

            Button {
                objectName: "have_number"
                visible: !Look.wide
                width: parent.width
                height: Math.max(implicitHeight, Look.px(112))
                kind: attract.body.called !== "" ? "soft" : "plain"
                size: attract.body.called !== "" ? 42 : 34
                icon: "ticket"
                text: attract.body.haveNumber
                onTapped: Look.intent({ "type": "have_number" })
            }

            Row {
                id: languages
                width: parent.width
                spacing: Look.gap

                Repeater {
                    model: attract.body.languages.length

                    Button {
                        required property int index
                        readonly property var told: attract.body.languages[index] ?? Look.nothing
                        objectName: "language." + told.code
                        width: Math.floor((languages.width - (attract.body.languages.length - 1) * languages.spacing) / attract.body.languages.length)
                        height: Math.max(Look.tall, implicitHeight)
                        text: told.name
                        kind: told.chosen ? "soft" : "plain"
                        onTapped: Look.intent({ "type": "choose_language", "language": told.code })
                    }
                }
            }

            Button {
                objectName: "ease"
                visible: !Look.wide
                width: parent.width
                icon: "person-standing"
                text: attract.body.ease
                onTapped: attract.easeTapped()
            }
        }
    }

    Button {
        objectName: "have_number"
        visible: Look.wide
        x: hello.x
        y: ease.y - height - Look.gap
        width: ease.width
        kind: attract.body.called !== "" ? "soft" : "plain"
        icon: "ticket"
        text: attract.body.haveNumber
        onTapped: Look.intent({ "type": "have_number" })
    }

    Button {
        id: ease
        objectName: "ease"
        visible: Look.wide
        x: hello.x
        y: parent.height - height - Look.px(56)
        width: hello.width - Look.gap
        icon: "person-standing"
        text: attract.body.ease
        onTapped: attract.easeTapped()
    }
}
