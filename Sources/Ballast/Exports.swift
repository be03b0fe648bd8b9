// Everything that a user of the library needs, under one import.
@_exported public import Datasets
@_exported public import EngineCPU
@_exported public import EngineXLA
@_exported public import Engines
@_exported public import Formats
@_exported public import Modules
@_exported public import Norms
@_exported public import Optimizers
@_exported public import OrderedCollections
@_exported public import Programs
@_exported public import Reports
@_exported public import Runs
@_exported public import Statistics
@_exported public import Sweeps
@_exported public import Telemetry
@_exported public import Tensors
@_exported public import Training
