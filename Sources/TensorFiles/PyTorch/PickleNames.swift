import Formats

/// The names that a pickle of tensors may refer to.
///
/// Nothing is imported or called: each is a case here.
enum PickleNames {
    /// Storages, by what they hold.
    static let storages: [String: SafetensorsType] = [
        "torch.FloatStorage": .f32, "torch.DoubleStorage": .f64, "torch.HalfStorage": .f16,
        "torch.BFloat16Storage": .bf16, "torch.LongStorage": .i64, "torch.IntStorage": .i32,
        "torch.ShortStorage": .i16, "torch.CharStorage": .i8, "torch.ByteStorage": .u8,
        "torch.BoolStorage": .bool, "torch.ComplexFloatStorage": .c64,
    ]

    /// Storages of bytes, whose type each tensor says.
    static let untypedStorages: Set<String> = [
        "torch.storage.UntypedStorage", "torch.UntypedStorage",
    ]

    /// Types of elements.
    static let types: [String: SafetensorsType] = [
        "torch.float32": .f32, "torch.float64": .f64, "torch.float16": .f16,
        "torch.bfloat16": .bf16, "torch.int64": .i64, "torch.int32": .i32, "torch.int16": .i16,
        "torch.int8": .i8, "torch.uint8": .u8, "torch.bool": .bool, "torch.uint16": .u16,
        "torch.uint32": .u32, "torch.uint64": .u64, "torch.complex64": .c64,
        "torch.float8_e4m3fn": .f8E4M3, "torch.float8_e5m2": .f8E5M2,
        "torch.float8_e4m3fnuz": .f8E4M3FNUZ, "torch.float8_e5m2fnuz": .f8E5M2FNUZ,
        "torch.float8_e8m0fnu": .f8E8M0,
    ]

    /// Functions and classes that are understood.
    static let functions: Set<String> = [
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state", "collections.OrderedDict", "torch.Size",
        "builtins.set", "__builtin__.set", "builtins.list", "__builtin__.list", "builtins.dict",
        "__builtin__.dict", "collections.defaultdict", "torch.nn.parameter.Parameter",
    ]

    /// What stands beside tensors in training checkpoints and says nothing about them.
    static let opaque: Set<String> = [
        "torch.device", "argparse.Namespace", "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar", "numpy.dtype", "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct", "numpy.ndarray", "_codecs.encode",
        "pathlib.PosixPath", "pathlib._local.PosixPath", "collections.Counter",
        "torch.serialization._get_layout", "copyreg._reconstructor", "copy_reg._reconstructor",
        "builtins.object", "__builtin__.object", "datetime.datetime", "datetime.timedelta",
        "enum.Enum", "builtins.complex", "__builtin__.complex", "builtins.bytearray",
        "__builtin__.bytearray",
    ]

    static func isKnown(_ name: String) -> Bool {
        storages[name] != nil || untypedStorages.contains(name) || types[name] != nil
            || functions.contains(name)
            || opaque.contains(name)
    }
}
