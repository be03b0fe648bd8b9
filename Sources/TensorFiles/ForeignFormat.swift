import Formats

/// Formats that are known by their first bytes.
enum ForeignFormat {
    case gguf, hdf5, zip, pickle, numpy, gzip, text

    init?(_ start: [UInt8]) {
        func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
        if begins(Array("GGUF".utf8)) {
            self = .gguf
        } else if begins([0x89, 0x48, 0x44, 0x46]) {
            self = .hdf5
        } else if begins([0x50, 0x4b, 0x03, 0x04]) {
            self = .zip
        } else if begins([0x93] + Array("NUMPY".utf8)) {
            self = .numpy
        } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
            self = .pickle
        } else if begins([0x1f, 0x8b]) {
            self = .gzip
        } else if start.count > 8, start[0] == UInt8(ascii: "{"), start[8] != UInt8(ascii: "{") {
            self = .text
        } else {
            return nil
        }
    }

    /// What to say of such a file.
    func refusal(of path: String) -> FormatError {
        let (found, advice) =
            switch self {
            case .gguf:
                (
                    "a GGUF file, whose tensors are quantised",
                    "inspect the safetensors files that it was made from"
                )
            case .hdf5:
                (
                    "an HDF5 file",
                    "convert it: python -c \"import h5py, numpy as np; "
                        + "f = h5py.File('\(path)'); a = {}; f.visititems(lambda n, d: "
                        + "a.update({n: d[()]}) if hasattr(d, 'shape') else None); "
                        + "np.savez('weights.npz', **a)\""
                )
            case .zip, .pickle, .numpy: ("a file of tensors", "inspect it by itself")
            case .gzip: ("a gzip file", "expand it: gunzip \(path)")
            case .text:
                ("a JSON file", "give the checkpoint, its folder, or an index (*.index.json)")
            }
        return .unsupported(path: path, place: "first bytes", found: found, advice: advice)
    }
}
