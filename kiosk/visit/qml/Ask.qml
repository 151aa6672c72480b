pragma ComponentBehavior: Bound
import QtQuick

// What the operator asks for or proposes; only the person's touch changes anything.
Card {
    id: card

    property var ask: ({})

    visible: ask.title !== ""
    border.color: Look.colour.brand
    border.width: 2 * Look.line

    Label {
        width: parent.width
        text: card.ask.title
        size: card.ask.value === "" ? 42 : 34
        font.weight: card.ask.value === "" ? Font.DemiBold : Font.Normal
        color: card.ask.value === "" ? Look.colour.ink : Look.colour.ink2
    }

    Label {
        objectName: "proposal"
        width: parent.width
        visible: text !== ""
        text: card.ask.value
        size: text.length > 10 ? 42 : card.width < Look.type(620) ? 58 : 76
        font.weight: Font.Bold
        lineHeight: 1
    }

    Label {
        width: parent.width
        visible: text !== ""
        text: card.ask.text
        size: Look.wide && Look.bigger ? 28 : 34
        color: Look.colour.ink2
    }

    Grid {
        id: answers
        width: parent.width
        visible: card.ask.answers.length > 0
        columns: Look.bigger || card.ask.answers.length === 1 ? 1 : 2
        spacing: Look.gapSmall

        Repeater {
            model: card.ask.answers.length

            Button {
                required property int index
                readonly property var told: card.ask.answers[index] ?? Look.nothing
                objectName: told.name
                width: Math.floor((answers.width - (answers.columns - 1) * answers.spacing) / answers.columns)
                height: Math.max(implicitHeight, Look.tall)
                kind: told.kind
                pad: Look.px(16)
                iconSide: Look.px(36)
                icon: told.icon
                text: told.text
                onTapped: Look.intent(told.intent)
            }
        }
    }
}
