import CKernels

/// Which vector instructions the engine uses, in our kernels and in oneDNN alike.
public enum InstructionSet: String, Sendable, Hashable, Codable, CaseIterable {
    /// Plain C for everything, matrix products included.
    case portable
    /// 256-bit vectors with fused multiply-add.
    case avx2
    /// 512-bit vectors.
    case avx512

    /// The widest that this machine runs.
    public static var best: InstructionSet {
        switch ck_isa_best() {
        case CK_AVX512: .avx512
        case CK_AVX2: .avx2
        default: .portable
        }
    }

    /// All that this machine runs, the narrowest first.
    public static var supported: [InstructionSet] {
        allCases.filter { $0.code.rawValue <= best.code.rawValue }
    }

    var code: ck_isa {
        switch self {
        case .portable: CK_PORTABLE
        case .avx2: CK_AVX2
        case .avx512: CK_AVX512
        }
    }
}
