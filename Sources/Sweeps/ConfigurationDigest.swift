import Digests
import Modules
import Optimizers
public import Training

/// Short names of texts.
package enum ConfigurationDigest {
    /// The first bytes of the SHA-256 of a text, in hexadecimal.
    package static func text(of text: String, bytes: Int) -> String {
        String(SHA256.digest(of: text).hexadecimal.prefix(2 * bytes))
    }

    /// A name for several configurations, from the names of each.
    package static func joined(_ digests: [String]) -> String {
        text(of: digests.joined(separator: "\n"), bytes: 8)
    }
}

extension RunConfiguration {
    /// A name for the recipe: what it shares with itself at other sizes, learning rates and lengths, on
    /// other data.
    public var recipeDigest: String {
        var recipe = self
        (recipe.model.width, recipe.model.depth, recipe.model.headDimension) = (0, 0, 0)
        recipe.optimizer.learningRate = 0
        (recipe.seed, recipe.steps) = (0, 0)
        let other = RunConfiguration()
        recipe.data = other.data
        recipe.evaluation = other.evaluation
        recipe.telemetry = other.telemetry
        recipe.checkpoints = other.checkpoints
        return ConfigurationDigest.text(of: ConfigurationFile.text(of: recipe), bytes: 8)
    }
}
