import QtQuick

// Back, ease of use, a person, finish: always in the same place.
Rectangle {
    id: bar

    property var told: ({})
    readonly property real each: Math.floor((width - 2 * Look.margin - 3 * Look.gapSmall) / 4)
    readonly property int edge: Look.px(Look.wide ? 16 : 24)
    readonly property int tallest: Math.max(back.implicitHeight, ease.implicitHeight, talk.implicitHeight, finish.implicitHeight)

    signal easeTapped

    function place(index: int): real {
        return Look.margin + index * (each + Look.gapSmall);
    }

    color: Look.colour.card
    implicitHeight: tallest + 2 * edge

    Rectangle {
        width: parent.width
        height: Look.line
        color: Look.colour.line
    }

    Button {
        id: back
        objectName: "back"
        visible: bar.told.canGoBack
        x: bar.place(0)
        y: bar.edge
        width: bar.each
        height: bar.tallest
        upright: true
        size: 28
        icon: "arrow-left"
        text: bar.told.back
        onTapped: Look.intent({ "type": "back" })
    }

    Button {
        id: ease
        objectName: "ease"
        x: bar.place(1)
        y: bar.edge
        width: bar.each
        height: bar.tallest
        upright: true
        size: 28
        icon: "person-standing"
        text: bar.told.ease
        onTapped: bar.easeTapped()
    }

    Button {
        id: talk
        objectName: "talk"
        visible: bar.told.canTalk
        x: bar.place(2)
        y: bar.edge
        width: bar.each
        height: bar.tallest
        upright: true
        kind: "soft"
        size: 28
        icon: "video"
        text: bar.told.talk
        onTapped: Look.intent({ "type": "open_service", "service": "talk" })
    }

    Button {
        id: finish
        objectName: "finish"
        visible: bar.told.canFinish
        x: bar.place(3)
        y: bar.edge
        width: bar.each
        height: bar.tallest
        upright: true
        size: 28
        icon: "log-out"
        text: bar.told.finish
        onTapped: Look.intent({ "type": "finish" })
    }
}
