pragma ComponentBehavior: Bound
import QtQuick

// Ease of use: larger, more contrast, slower, everything low. It stays until the visit is wiped.
Item {
    id: panel

    property var told: ({})
    property bool open: false

    visible: open

    Rectangle {
        anchors.fill: parent
        color: Look.colour.shade

        MouseArea {
            anchors.fill: parent
            onClicked: panel.open = false
        }
    }

    Rectangle {
        id: sheet
        width: Look.wide ? Math.min(parent.width, Look.px(1080)) : parent.width
        x: (parent.width - width) / 2
        height: column.height + 2 * Look.px(48)
        y: panel.open ? parent.height - height : parent.height - height + Look.px(80)
        color: Look.colour.card
        topLeftRadius: Look.px(40)
        topRightRadius: Look.px(40)
        border.color: Look.colour.line
        border.width: Look.contrast ? Look.line : 0

        Behavior on y {
            enabled: Look.motion > 0

            NumberAnimation {
                duration: Look.motion
            }
        }

        MouseArea {
            anchors.fill: parent
        }

        Column {
            id: column
            x: Look.margin
            y: Look.px(48)
            width: parent.width - 2 * x
            spacing: Look.px(20)

            Label {
                width: parent.width
                text: panel.told.title
                size: 58
                font.weight: Font.Bold
            }

            Grid {
                id: switches
                width: parent.width
                columns: Look.wide ? 2 : 1
                spacing: Look.px(20)

                Repeater {
                    model: panel.told.switches.length

                    Touchable {
                        id: row
                        required property int index
                        readonly property var told: panel.told.switches[index] ?? Look.nothing
                        objectName: "ease." + told.name
                        width: Math.floor((switches.width - (switches.columns - 1) * switches.spacing) / switches.columns)
                        implicitHeight: Math.max(Look.px(136), texts.height + Look.px(40))
                        role: Accessible.CheckBox
                        checked: told.on
                        spoken: told.title + ". " + told.state
                        color: held || told.on ? Look.colour.pressed : Look.colour.card
                        border.color: told.on ? Look.colour.brand : Look.colour.edge
                        onTapped: Look.intent(told.intent)

                        Icon {
                            id: picture
                            x: Look.px(32)
                            side: Look.px(56)
                            anchors.verticalCenter: parent.verticalCenter
                            name: row.told.icon
                            tint: Look.colour.brand
                        }

                        Column {
                            id: texts
                            x: picture.x + picture.width + Look.px(28)
                            width: parent.width - x - mark.width - Look.px(56)
                            anchors.verticalCenter: parent.verticalCenter
                            spacing: Look.px(2)

                            Label {
                                width: parent.width
                                text: row.told.title
                                size: 34
                                font.weight: Font.DemiBold
                                Accessible.ignored: true
                            }

                            Label {
                                width: parent.width
                                text: row.told.state
                                size: 28
                                color: row.told.on ? Look.colour.ink : Look.colour.ink2
                                Accessible.ignored: true
                            }
                        }

                        Rectangle {
                            id: mark
                            anchors.right: parent.right
                            anchors.rightMargin: Look.px(32)
                            anchors.verticalCenter: parent.verticalCenter
                            width: Look.px(64)
                            height: width
                            radius: Look.px(16)
                            color: row.told.on ? Look.colour.brand : "transparent"
                            border.color: row.told.on ? Look.colour.brand : Look.colour.edge
                            border.width: Look.line

                            Icon {
                                anchors.centerIn: parent
                                visible: row.told.on
                                side: Look.px(44)
                                name: "check"
                                tint: Look.colour.on_brand
                            }
                        }
                    }
                }
            }

            Button {
                objectName: "ease.close"
                width: parent.width
                kind: "main"
                size: 42
                icon: "check"
                text: panel.told.close
                onTapped: panel.open = false
            }
        }
    }
}
