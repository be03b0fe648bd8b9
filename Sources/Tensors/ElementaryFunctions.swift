import Foundation

// The C library's functions behind names that do not shadow methods.

func logarithm(_ x: Double) -> Double { log(x) }
func cosine(_ x: Double) -> Double { cos(x) }
