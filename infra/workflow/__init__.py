"""The state machine's definition, a file a phase, without CDK: plain states of ASL in JSONata."""
