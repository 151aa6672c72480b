import QtQuick

// The one question of a screen, and a sentence that helps to answer it.
Column {
    id: heading

    property string title: ""
    property string lead: ""
    property real size: 76

    spacing: Look.px(20)

    Label {
        objectName: "title"
        width: parent.width
        text: heading.title
        size: heading.size
        font.weight: Font.Bold
        Accessible.role: Accessible.Heading
    }

    Label {
        objectName: "lead"
        visible: heading.lead !== ""
        width: parent.width
        text: heading.lead
        size: 34
        color: Look.colour.ink2
    }
}
