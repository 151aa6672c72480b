"""The walk-in customer's terminal: agent (no Qt), visit (Qt Quick, dies after every visit), journey (pure), devices."""
