import QtQuick

// Where a person's picture is painted. The painter itself is made once by the window and moves here.
Rectangle {
    id: place

    property Item video: null
    property string waiting: ""

    color: Look.colour.video
    clip: true

    Column {
        anchors.centerIn: parent
        width: parent.width - 2 * Look.px(24)
        spacing: Look.px(24)

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            side: Math.min(Look.px(260), Math.round(place.width * 0.4))
            name: "user"
            tint: Look.colour.on_video
        }

        Label {
            width: parent.width
            visible: place.waiting !== ""
            horizontalAlignment: Text.AlignHCenter
            text: place.waiting
            color: Look.colour.on_video
            size: 34
        }
    }

    Binding {
        target: place.video
        property: "parent"
        value: place
        when: place.video !== null
        restoreMode: Binding.RestoreNone
    }

    Binding {
        target: place.video
        property: "width"
        value: place.width
        when: place.video !== null
        restoreMode: Binding.RestoreNone
    }

    Binding {
        target: place.video
        property: "height"
        value: place.height
        when: place.video !== null
        restoreMode: Binding.RestoreNone
    }
}
