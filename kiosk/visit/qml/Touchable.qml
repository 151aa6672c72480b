import QtQuick

// Anything a finger may touch: says its name to a screen reader, answers at the press, acts at the release.
Rectangle {
    id: touchable

    property string spoken: ""
    property int role: Accessible.Button
    property bool checked: false
    readonly property bool held: area.pressed && area.containsMouse
    property real ring: Look.px(4)

    signal tapped

    radius: Look.px(24)
    color: held ? Look.colour.pressed : Look.colour.card
    border.color: Look.colour.edge
    border.width: Look.line
    activeFocusOnTab: true
    implicitHeight: Look.tall
    implicitWidth: Look.tall

    Accessible.role: role
    Accessible.name: spoken
    Accessible.focusable: true
    Accessible.checkable: role === Accessible.CheckBox || role === Accessible.RadioButton
    Accessible.checked: checked
    Accessible.onPressAction: touchable.act()
    Keys.onReturnPressed: touchable.act()
    Keys.onEnterPressed: touchable.act()
    Keys.onSpacePressed: touchable.act()

    function act() {
        if (enabled)
            tapped();
    }

    Rectangle {
        anchors.fill: parent
        anchors.margins: -Look.px(8)
        visible: touchable.activeFocus
        radius: touchable.radius + Look.px(8)
        color: "transparent"
        border.color: Look.colour.brand
        border.width: touchable.ring
    }

    MouseArea {
        id: area
        anchors.fill: parent
        onClicked: mouse => {
            const place = area.mapToItem(null, mouse.x, mouse.y);
            if (Look.meant(place.x, place.y))
                touchable.act();
        }
    }
}
