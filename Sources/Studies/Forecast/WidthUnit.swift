import Modules
package import Training

extension RunConfiguration {
    /// The widths of proxies, in units of the narrowest.
    package static let proxyWidths = [
        [1, 2, 3, 4, 6], [1, 2, 3, 4, 6, 8], [1, 2, 3, 4, 6, 8, 12],
    ]

    /// The least width whose multiples have whole heads in whole groups that share keys.
    ///
    /// - Parameter head: The width of the proxies' heads.
    /// - Returns: A multiple of it; the head's width where none fits, which validation then says.
    package func widthUnit(head: Int) -> Int {
        var model = model
        model.headDimension = head
        let most = Self.proxyWidths.flatMap(\.self).max() ?? 1
        let fits = (1...64).first { heads in
            (1...most).allSatisfy { multiple in
                model.width = heads * head * multiple
                return model.heads > 0 && model.heads % model.queryGroupSize == 0
            }
        }
        return (fits ?? 1) * head
    }
}
