import Optimizers
import Testing

@Suite("weight decay")
struct DecayTests {
    // η_max = 0.5, s = 0.25, η = 0.125, λ = 0.5: powers of two, so that all products are exact.
    let step = StepSize(step: 3, peak: 0.5, schedule: 0.25)

    @Test(
        "the factor on the parameter, by its formula",
        arguments: [
            (.none, 0), (.coupled, 0),
            (.decoupled, 0.0625),  // η λ
            (.independent, 0.125),  // s λ
            (.corrected, 0.015625),  // η² / η_max λ
        ] as [(Decay.Form, Double)])
    func factors(form: Decay.Form, expected: Double) {
        #expect(Decay(form, rate: 0.5).factor(at: step) == expected)
    }

    @Test("only coupled decay changes the gradient", arguments: Decay.Form.allCases)
    func gradient(form: Decay.Form) {
        #expect(Decay(form, rate: 0.5).gradientRate == (form == .coupled ? 0.5 : 0))
    }

    @Test("at the peak the corrected form is the decoupled one")
    func peak() {
        let peak = StepSize(step: 1, peak: 0.5, schedule: 1)
        #expect(
            Decay(.corrected, rate: 0.5).factor(at: peak)
                == Decay(.decoupled, rate: 0.5).factor(at: peak))
    }
}
