import QtQuick

// A screen of two parts: what to know and what to do. Portrait: one below the other, what to do in reach;
// landscape: side by side. What does not fit is scrolled by large arrows.
Item {
    id: screen

    property alias info: infoColumn.data
    property alias controls: controlsColumn.data
    property var words: ({})
    readonly property int edge: Look.px(Look.wide ? 28 : 40)
    // Share of the free height above the content; low reach puts everything down.
    property real sink: 0.3
    // A height that fills what is left, within limits that keep it a good target; the least one in low reach.
    function fitted(wanted: real, least: real, most: real): int {
        return Look.lowReach ? Look.px(least) : Math.round(Math.max(Look.px(least), Math.min(Look.px(most), wanted)));
    }

    // Landscape: where a column of that height begins, a little above the middle.
    function middle(tall: real): real {
        return Math.round(Math.max(0, screen.room - tall) * 0.42);
    }

    // Share of the width for what to know, in landscape.
    property real split: 0.46
    readonly property real room: height - 2 * edge
    readonly property bool scrolls: natural > room + 1
    readonly property real natural: Look.wide ? Math.max(infoColumn.height, controlsColumn.height) : infoColumn.height + (controlsColumn.height > 0 && infoColumn.height > 0 ? Look.px(40) : 0) + controlsColumn.height
    readonly property real free: Math.max(0, room - natural)
    // Height that what to do may take without scrolling.
    readonly property real roomToAct: Look.wide ? room : room - infoColumn.height - (infoColumn.height > 0 ? Look.px(40) : 0)
    readonly property real columnGap: Look.px(72)

    Flickable {
        id: flick
        objectName: "scroll.area"
        y: screen.edge
        width: parent.width
        height: screen.room - (screen.scrolls ? arrows.height + Look.gap : 0)
        contentWidth: width
        contentHeight: screen.natural
        interactive: screen.scrolls
        boundsBehavior: Flickable.StopAtBounds
        clip: screen.scrolls

        Column {
            id: infoColumn
            x: Look.margin
            y: Look.wide ? screen.middle(infoColumn.height) : screen.free * (Look.lowReach ? 1 : screen.sink)
            width: Look.wide ? Math.floor((flick.width - 2 * Look.margin - screen.columnGap) * screen.split) : flick.width - 2 * Look.margin
            spacing: Look.gap
        }

        Column {
            id: controlsColumn
            x: Look.wide ? infoColumn.x + infoColumn.width + screen.columnGap : Look.margin
            y: Look.wide ? (Look.lowReach ? Math.max(0, screen.room - height) : screen.middle(height)) : infoColumn.y + infoColumn.height + (infoColumn.height > 0 ? Look.px(40) : 0)
            width: Look.wide ? flick.width - x - Look.margin : infoColumn.width
            spacing: Look.gap
        }

        Behavior on contentY {
            enabled: Look.motion > 0

            NumberAnimation {
                duration: Look.motion
            }
        }
    }

    Row {
        id: arrows
        visible: screen.scrolls
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Look.gapSmall
        x: Look.margin
        spacing: Look.gap

        Button {
            objectName: "scroll.up"
            implicitHeight: Math.max(Look.wide ? Look.least : Look.tall, needed)
            width: Math.floor((screen.width - 2 * Look.margin - Look.gap) / 2)
            icon: "chevron-up"
            text: screen.words.up
            enabled: flick.contentY > 0
            onTapped: flick.contentY = Math.max(0, flick.contentY - flick.height * 0.8)
        }

        Button {
            objectName: "scroll.down"
            implicitHeight: Math.max(Look.wide ? Look.least : Look.tall, needed)
            width: Math.floor((screen.width - 2 * Look.margin - Look.gap) / 2)
            icon: "chevron-down"
            text: screen.words.down
            enabled: flick.contentY < flick.contentHeight - flick.height - 1
            onTapped: flick.contentY = Math.min(flick.contentHeight - flick.height, flick.contentY + flick.height * 0.8)
        }
    }
}
