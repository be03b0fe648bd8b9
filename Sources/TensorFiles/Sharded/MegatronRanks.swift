import Formats

/// The folders of ranks by their place, as their names and the arguments in the checkpoint say it.
///
/// `mp_rank_TP`, then `_PPP` where the pipeline has several stages, then `_EEE` where experts are divided over ranks.
struct MegatronRanks {
    /// For each stage of the pipeline and each rank of experts the folders of the ranks of tensor parallelism.
    let stages: [[[String]]]
    /// The ranks over which experts are divided.
    let expertRanks: Int

    /// Reads names of folders.
    ///
    /// - Parameters:
    ///   - folder: Where they stand, for messages.
    ///   - names: Those that begin with `mp_rank_`.
    ///   - metadata: The arguments of the run.
    /// - Throws: ``FormatError`` for names of another form, for ranks that are missing, and for experts that are split
    ///   otherwise than all else.
    init(_ folder: String, _ names: [String], _ metadata: [String: String]) throws(FormatError) {
        func count(_ key: String) -> Int? { metadata[key].flatMap { Int($0) } }
        let convert =
            "convert it where it was trained, with Megatron's tools/checkpoint/convert.py --model-type GPT "
            + "--loader core --saver core --load-dir DIR --save-dir OUT --target-tensor-parallel-size 1 "
            + "--target-pipeline-parallel-size 1, or save it with --ckpt-format torch_dist, which is read here"
        // Two numbers are a rank of experts where the pipeline has one stage.
        let hasStages = (count("pipeline_model_parallel_size") ?? 2) > 1
        let hasExperts = (count("expert_model_parallel_size") ?? 1) > 1
        if hasExperts, let split = count("expert_tensor_parallel_size"),
            let tensor = count("tensor_model_parallel_size"), split != tensor
        {
            throw .unsupported(
                path: folder, place: "folder",
                found: "experts over \(split) ranks of tensors, and all else over \(tensor)",
                advice: convert)
        }
        var byPlace: [[Int]: String] = [:]
        for name in names {
            let parts = name.dropFirst("mp_rank_".count).split(
                separator: "_", omittingEmptySubsequences: false
            ).map { Int($0) ?? -1 }
            guard (1...3).contains(parts.count), parts.allSatisfy({ $0 >= 0 }),
                parts.count < 3 || hasExperts
            else {
                throw .unsupported(
                    path: folder, place: "folder", found: "ranks called '\(name.prefix(80))'",
                    advice: convert)
            }
            let isExpert = parts.count == 2 && hasExperts && !hasStages
            let stage = parts.count > 1 && !isExpert ? parts[1] : 0
            let expert = isExpert ? parts[1] : parts.count > 2 ? parts[2] : 0
            byPlace[[stage, expert, parts[0]]] = name
        }
        let extents = (0..<3).map { axis in
            (byPlace.keys.map { $0[axis] }.max() ?? -1).addingReportingOverflow(1)
        }
        let total = extents.reduce((partialValue: 1, overflow: false)) { product, extent in
            let (value, overflow) = product.partialValue.multipliedReportingOverflow(
                by: extent.partialValue)
            return (value, product.overflow || extent.overflow || overflow)
        }
        guard !total.overflow, total.partialValue == byPlace.count else {
            throw .missing(
                path: folder, name: "rank",
                advice:
                    "\(byPlace.count) folders mp_rank_* are there, and their names speak of more: "
                    + "fetch all")
        }
        let said = [
            count("pipeline_model_parallel_size"), count("expert_model_parallel_size"),
            count("tensor_model_parallel_size"),
        ]
        for (extent, said) in zip(extents, said) {
            guard let said, said > extent.partialValue else { continue }
            func number(_ key: String) -> String { count(key).map(String.init) ?? "1" }
            throw .missing(
                path: folder, name: "rank",
                advice:
                    "\(byPlace.count) folders mp_rank_* are there, and the run had "
                    + "\(number("tensor_model_parallel_size")) ranks of tensors, "
                    + "\(number("pipeline_model_parallel_size")) of the pipeline and "
                    + "\(number("expert_model_parallel_size")) of experts: fetch all")
        }
        expertRanks = extents[1].partialValue
        stages = (0..<extents[0].partialValue).map { stage in
            (0..<extents[1].partialValue).map { expert in
                (0..<extents[2].partialValue).compactMap { byPlace[[stage, expert, $0]] }
            }
        }
    }
}
