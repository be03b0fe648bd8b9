import Tensors
import Testing

@Suite("bfloat16")
struct BFloat16Tests {
    @Test("all bit patterns come back")
    func roundTrip() {
        for bits in UInt16.min...UInt16.max {
            let value = BFloat16(bitPattern: bits)
            let back = BFloat16(value.float)
            if value.float.isNaN {
                #expect(back.float.isNaN)
                #expect(back.bitPattern == bits | 0x40, "the sign and the payload stay")
            } else {
                #expect(back.bitPattern == bits)
            }
        }
    }

    @Test(
        "rounds to the nearest, ties to even",
        arguments: [
            (0x3f80_7fff, 0x3f80), (0x3f80_8000, 0x3f80), (0x3f80_8001, 0x3f81),
            (0x3f81_7fff, 0x3f81), (0x3f81_8000, 0x3f82), (0x3fff_8000, 0x4000),
            (0x7f7f_ffff, 0x7f80), (0xff7f_8000, 0xff80), (0x0000_8000, 0x0000),
            (0x0000_8001, 0x0001), (0x8001_8000, 0x8002),
        ] as [(UInt32, UInt16)])
    func rounding(bits: UInt32, expected: UInt16) {
        #expect(BFloat16(Float(bitPattern: bits)).bitPattern == expected)
    }

    @Test(
        "a nan stays a nan, whatever its low bits",
        arguments: [0x7f80_0001, 0xffff_ffff, 0x7fc0_0000] as [UInt32])
    func nan(bits: UInt32) {
        let value = BFloat16(Float(bitPattern: bits))
        #expect(value.float.isNaN)
        #expect(value.bitPattern >> 15 == UInt16(bits >> 31))
    }
}
