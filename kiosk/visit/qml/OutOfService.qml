pragma ComponentBehavior: Bound
import QtQuick

// Not today: what happened, that nothing is lost, where to go instead.
Item {
    id: screen

    property var body: ({})
    property var words: ({})
    property var clock: ({})

    Column {
        anchors.centerIn: parent
        width: Math.min(parent.width - 2 * Look.px(64), Look.px(1100))
        spacing: Look.px(36)

        Icon {
            name: "triangle-alert"
            side: Look.px(160)
            tint: Look.colour.brand
        }

        Heading {
            width: parent.width
            title: screen.body.title
            lead: screen.body.lead
        }

        Label {
            width: parent.width
            visible: text !== ""
            text: screen.body.phone
            size: 58
            figures: true
            font.weight: Font.DemiBold
        }

        Repeater {
            model: screen.body.others.length

            Label {
                required property int index
                width: parent.width
                text: screen.body.others[index] ?? ""
                size: 34
                color: Look.colour.ink2
            }
        }
    }
}
