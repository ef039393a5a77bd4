# codegen
