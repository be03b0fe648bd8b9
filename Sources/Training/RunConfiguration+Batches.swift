public import Datasets
import Modules

extension Sequence<RunConfiguration> {
    /// Reads each text once, so that a mistake in it shows before the first run.
    ///
    /// - Throws: An error that names what is wrong with a text.
    package func prepareTexts() throws {
        var prepared: Set<TextSource> = []
        for configuration in self where prepared.insert(configuration.textSource).inserted {
            _ = try TokenCache(
                configuration.textSource, vocabulary: configuration.model.vocabulary)
        }
    }
}

extension RunConfiguration {
    /// The batches of the run.
    ///
    /// - Parameter tokens: The text.
    /// - Returns: A source of batches in the order of `data.data-seed`, the run's own sequences reordered
    ///   as `data.order-seed` says.
    /// - Throws: `DatasetError.tooShort(part:tokens:context:)` if a part does not hold one sequence.
    public func batches(of tokens: TokenCache) throws(DatasetError) -> BatchSource {
        try BatchSource(
            tokens, context: model.context, batch: data.batch, dataSeed: data.dataSeed,
            reordering: data.orderSeed == 0
                ? nil : .init(seed: data.orderSeed, sequences: steps * data.batch))
    }
}
