import Formats
import Foundation
import Import
import OrderedCollections
import Testing

/// What tools print, in their own shapes, with made-up numbers.
enum TextLogs {
    static let nanoGPT = """
        Overriding config with config/train_tiny.py:
        # a tiny model
        out_dir = 'out-tiny'
        n_embd = 64
        learning_rate = 1e-3 # with baby networks
        max_iters = 20
        tokens_each = 8 * n_embd

        Overriding: seed = 7
        tokens per iteration will be: 16,384
        number of parameters: 0.80M
        step 0: train loss 4.2874, val loss 4.2823
        iter 0: loss 4.2650, time 22.51ms, mfu -100.00%
        iter 10: loss 3.2438, time 13.79ms, mfu 27.02%
        step 20: train loss 2.5000, val loss 2.5500
        saving checkpoint to out-tiny
        iter 20: loss 2.4900, time 13.79ms, mfu 27.02%

        """
    static let llmcFile = """
        s:0 tel:11.0092
        s:0 trl:11.0091 lr:0.000001 norm:15.37
        s:1 trl:10.9598 lr:0.000002 norm:15.24
        s:250 eval:0.2481
        s:250 tel:6.5

        """
    static let llmcConsole = """
        +-----------------------+----------------------------------------------------+
        | Parameter             | Value                                              |
        +-----------------------+----------------------------------------------------+
        | batch size B          | 64                                                 |
        | learning rate (LR)    | 6.000000e-04                                       |
        | channels C            | 768                                                |
        | padded_vocab_size Vp  | 50304                                              |
        +-----------------------+----------------------------------------------------+
        val loss 11.009463
        step    1/19560 | loss 11.009463 (+nanz)| norm 15.2512 (+nanz)| lr 8.57e-07 | 3056.36 ms | 48.9% bf16 MFU | 171536 tok/s
        step    2/19560 | loss 10.959 (-1.10z)| norm 15.1 (+0.3z)| lr 1.71e-06 | 1200.00 ms | 48.9% bf16 MFU | 171,536 tok/s
        val loss 10.5

        """
    static let moddedNanoGPT = """
        import torch
        class Hyperparameters:
            num_iterations = 1750 # number of iterations to run
        print0(f"step:{step}/{args.num_iterations} val_loss:{val_loss:.4f}")
        ====================================================================================================
        Running Python 3.12.7
        | N/A   36C    P0            118W /  700W |    5856MiB /  81559MiB |      0%      Default |
        ====================================================================================================
        step:0/1750 val_loss:10.8258 train_time:0ms step_avg:nanms
        step:1/1750 train_loss:10.8 train_time:24389ms step_avg:nanms
        step:125/1750 val_loss:4.5 train_time:24.4s step_avg:160.57ms
        peak memory allocated: 30760 MiB reserved: 45574 MiB

        """
    static let torchtitan = """
        [rank0]:[titan] 2025-11-25 19:44:58,838 - root - INFO - Trainer is initialized with local batch size 8, \
        global batch size 64, gradient accumulation steps 1, sequence length 2048, total steps 10 (warmup 2)
        [rank0]:[titan] 2025-11-25 19:44:58,838 - root - INFO - Training starts at step 1
        [rank0]:[titan] 2025-11-25 19:45:01,441 - root - INFO - \u{1b}[31mstep:  1  \u{1b}[32mloss:  8.0277  \
        \u{1b}[38;2;180;60;0mgrad_norm:  1.4604  \u{1b}[36mmemory:  1.21GiB(0.86%)  \u{1b}[34mtps: 5,756  \
        \u{1b}[36mtflops: 0.41  \u{1b}[35mmfu: 0.04%\u{1b}[39m
        [rank1]:[titan] 2025-11-25 19:45:01,441 - root - INFO - step:  1  loss:  8.0277  grad_norm:  1.4604  memory:  1.21GiB(0.86%)  tps: 5,750
        [titan] 2025-11-25 19:45:01,900 - root - INFO - validate step: 10  loss:  7.5  memory:  1.34GiB(0.96%)  tps: 301,092

        """
    static let megatron = """
        ------------------------ arguments ------------------------
          adam_beta1 ...................................... 0.9
          hidden_size ..................................... 1024
          lr .............................................. 0.00015
          lr_decay_style .................................. cosine
        -------------------- end of arguments ---------------------
        > building train, validation, and test datasets for GPT ...
         [2025-09-07 23:58:47] iteration      100/     500 | consumed samples:         3200 | elapsed time per iteration (ms): 438.3 | learning rate: 1.500000E-04 | global batch size:    32 | lm loss: 6.159759E+00 | loss scale: 131072.0 | grad norm: 1.095 | number of skipped iterations:   0 | number of nan iterations:   0 |
         validation loss at iteration 100 on validation set | lm loss value: 6.250000E+00 | lm loss PPL: 5.180128E+02 |
        [default7]: iteration      200/     500 | consumed samples: 6400 | learning rate: 1.4E-04 | lm loss: 5.5E+00 | grad norm: nan |

        """
    static let olmoCore = """
        2026-08-08 12:00:01 INFO [olmo_core.train.trainer:734] Training for 2,000 steps
        2026-08-08 12:01:00 INFO [olmo_core.train.callbacks.console_logger:68] [step=100/2000,epoch=0,eta=5h11m]
            train/CE loss=6.2341
            optim/total grad norm=0.5
            throughput/total tokens=1.05B
        2026-08-08 12:03:10 INFO [olmo_core.train.trainer:1003] Saving checkpoint for step 100
            train/CE loss=9
        2026-08-08 12:04:00 INFO [olmo_core.train.callbacks.console_logger:68] [step=1,200/2,000,epoch=1]
            train/CE loss=5.8817

        """
    static let nanotron = """
        01/02/2025 12:00:00 [INFO|DP=0]: iteration: 1 / 100 | consumed_tokens: 1.05M | lm_loss: 11.1 | lr: 1e-05 | grad_norm: 1.2
        step 00010/21400 (0.05%) | loss: 9.526 | grad norm: 0.31 | lrm: 1.00 | dt: 325.28ms | tok/sec: 1,611,854

        """
}

@Suite("text logs")
struct TextLogTests {
    private func read(
        _ text: String, _ options: LogReader.Options = .init()
    ) throws -> LoggedRun {
        let scratch = try Scratch()
        let runs = try LogReader.runs(at: try scratch.put(text), options: options)
        #expect(runs.count == 1)
        return try #require(runs.first)
    }

    private func points(_ run: LoggedRun, _ tag: String) -> [[Double]] {
        run.series[tag]?.map { [Double($0.step), $0.value] } ?? []
    }

    @Test func nanoGPT() throws {
        let run = try read(TextLogs.nanoGPT)
        #expect(points(run, "train/loss") == [[0, 4.265], [10, 3.2438], [20, 2.49]])
        #expect(points(run, "val/loss") == [[0, 4.2823], [20, 2.55]])
        #expect(points(run, "eval/train_loss") == [[0, 4.2874], [20, 2.5]])
        #expect(points(run, "mfu").last == [20, 27.02])
        #expect(
            run.settings == ["n_embd": 64, "learning_rate": 1e-3, "max_iters": 20, "seed": 7])
        #expect(run.words == ["out_dir": "out-tiny"])
        #expect(
            run.notes.count == 2 && run.notes[1].contains("1 lines were not understood: line 16"))
    }

    @Test func llmc() throws {
        let file = try read(TextLogs.llmcFile)
        #expect(points(file, "val/loss") == [[0, 11.0092], [250, 6.5]])
        #expect(points(file, "train/loss") == [[0, 11.0091], [1, 10.9598]])
        #expect(points(file, "optim/grad_norm").last == [1, 15.24])
        #expect(points(file, "optim/lr").first == [0, 1e-6])
        #expect(points(file, "hellaswag") == [[250, 0.2481]] && file.notes.isEmpty)
        let console = try read(TextLogs.llmcConsole)
        // A validation loss stands before the line of the step that follows.
        #expect(points(console, "val/loss") == [[0, 11.009463], [2, 10.5]])
        #expect(points(console, "train/loss") == [[1, 11.009463], [2, 10.959]])
        #expect(points(console, "optim/grad_norm") == [[1, 15.2512], [2, 15.1]])
        #expect(points(console, "optim/lr").last == [2, 1.71e-6])
        #expect(
            console.settings == [
                "batch_size": 64, "learning_rate": 6e-4, "n_embd": 768,
                "padded_vocab_size": 50304, "total_steps": 19560,
            ])
    }

    @Test func buildNanoGPT() throws {
        let run = try read(
            "0 val 10.9310\n0 hella 0.2413\n0 train 10.934416\n1 train 10.883945\n250 val 4.5\n")
        #expect(points(run, "train/loss") == [[0, 10.934416], [1, 10.883945]])
        #expect(points(run, "val/loss") == [[0, 10.931], [250, 4.5]])
        #expect(points(run, "hellaswag") == [[0, 0.2413]])
        #expect(run.notes.isEmpty)
        // A sentence with a number is no line of it.
        let scratch = try Scratch()
        for text in ["3 trains 4\n", "3 train 4 cars\n", "three train 4\n"] {
            let path = try scratch.put(text)
            #expect(throws: FormatError.self, "\(text)") { try LogReader.runs(at: path) }
        }
    }

    @Test func aMessageThatBreaksIntoALineIsNoMetric() throws {
        let run = try read(
            "step 7/9 | loss 3.5 (+0.1z)| norm 0.25 (-0.3z)| lError: Token out of vocabulary at a.cu:675\n"
        )
        #expect(run.series.keys.sorted() == ["optim/grad_norm", "train/loss"])
    }

    @Test func aPointerOfGitLFSIsNamed() throws {
        let scratch = try Scratch()
        let path = try scratch.put(
            "version https://git-lfs.github.com/spec/v1\noid sha256:7dcd\nsize 793878\n")
        let error = #expect(throws: FormatError.self) { try LogReader.runs(at: path) }
        #expect(
            error?.description.contains(
                "a pointer of Git LFS in place of the file; fetch the file itself: git lfs pull")
                == true)
    }

    /// Opened as other files are, it would be waited for until somebody writes.
    @Test(.timeLimit(.minutes(1)), arguments: ["run.log", "run.csv", "run.jsonl"])
    func aNamedPipeIsRefused(name: String) throws {
        let scratch = try Scratch()
        let path = scratch.path + "/" + name
        try #require(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: FormatError.self) { try LogReader.runs(at: path) }
        let words = error?.description ?? ""
        #expect(words.contains("not a regular file"), "\(words)")
    }

    @Test func moddedNanoGPT() throws {
        let run = try read(TextLogs.moddedNanoGPT)
        #expect(points(run, "val/loss") == [[0, 10.8258], [125, 4.5]])
        #expect(points(run, "train/loss") == [[1, 10.8]])
        #expect(points(run, "train_time_s") == [[125, 24.4]])
        #expect(run.settings == ["total_steps": 1750])
        #expect(run.notes[0].contains("6 lines before the log"))
        #expect(run.notes[1].contains("line 12 'peak memory allocated"))
    }

    @Test func torchtitan() throws {
        let run = try read(TextLogs.torchtitan)
        // What each rank prints of a step is the step once.
        #expect(points(run, "train/loss") == [[1, 8.0277]] && run.resumes == 0)
        #expect(points(run, "optim/grad_norm") == [[1, 1.4604]])
        #expect(points(run, "throughput/tokens_per_second") == [[1, 5750]])
        #expect(points(run, "memory_GiB") == [[1, 1.21]])
        #expect(points(run, "val/loss") == [[10, 7.5]])
        #expect(run.settings["total_steps"] == 10 && run.settings["warmup_steps"] == 2)
        #expect(run.settings["sequence_length"] == 2048)
    }

    @Test func megatron() throws {
        let run = try read(TextLogs.megatron)
        #expect(points(run, "train/loss") == [[100, 6.159759], [200, 5.5]])
        #expect(points(run, "val/loss") == [[100, 6.25]])
        #expect(points(run, "optim/lr") == [[100, 1.5e-4], [200, 1.4e-4]])
        #expect(run.series["optim/grad_norm"]?.last?.value.isNaN == true)
        #expect(run.settings["hidden_size"] == 1024 && run.settings["lr"] == 0.00015)
        #expect(run.words == ["lr_decay_style": "cosine"] && run.settings["total_steps"] == 500)
        let others = try read(TextLogs.nanotron)
        #expect(points(others, "train/loss") == [[1, 11.1]])
        #expect(points(others, "loss") == [[10, 9.526]])
        #expect(points(others, "consumed_tokens") == [[1, 1.05e6]])
        #expect(points(others, "dt_ms") == [[10, 325.28]])
    }

    @Test func olmoCore() throws {
        let run = try read(TextLogs.olmoCore)
        #expect(points(run, "train/loss") == [[100, 6.2341], [1200, 5.8817]])
        #expect(points(run, "optim/grad_norm") == [[100, 0.5]])
        #expect(points(run, "throughput/total tokens") == [[100, 1.05e9]])
        #expect(run.settings["total_steps"] == 2000)
        let lecture = try read("step 0, loss: 10.9, dt: 12.5ms, lr: 1e-4\nstep 1, loss: 9.5\n")
        #expect(points(lecture, "train/loss") == [[0, 10.9], [1, 9.5]])
        #expect(points(lecture, "optim/lr") == [[0, 1e-4]])
    }

    @Test func linesThatAreNotEndedAndSourceCodeAreLeftOut() throws {
        let cut = try read("iter 1: loss 3.25, time 1ms, mfu 1%\niter 2: loss 3.1")
        #expect(points(cut, "train/loss") == [[1, 3.25]])
        #expect(
            cut.notes.last?.hasSuffix("its last line is not complete, and was left out") == true)
        let scratch = try Scratch()
        for text in [
            "print(f\"step:{step} loss:{loss}\")\n", "step: one  loss: two\n", "| a | b |\n",
            "iteration | loss: 3 |\n", "step 3.5 | loss 2\n", "steps 3 | loss 2\n", "iter 3\n",
        ] {
            let path = try scratch.put(text)
            #expect(throws: FormatError.self, "\(text)") { try LogReader.runs(at: path) }
        }
    }

    @Test func textBesideOtherLogsIsNotAnotherRun() throws {
        let scratch = try Scratch()
        _ = try scratch.put(TextLogs.nanoGPT, "console.txt")
        _ = try scratch.put("numpy\ntorch\n", "requirements.txt")
        #expect(try LogReader.runs(at: scratch.path).map(\.name) == ["console"])
        _ = try scratch.put("step,loss\n1,2\n", "metrics.csv")
        #expect(try LogReader.runs(at: scratch.path).map(\.name) == ["metrics"])
    }

    @Test func patternsReadOtherLines() throws {
        let pattern = try LinePattern(#"^epoch \d+ it (?<step>\d+): ce=(?<loss>\S+) w=(?<w>\S+)"#)
        let run = try read(
            "start\nepoch 0 it 10: ce=3.5 w=1,024\nepoch 0 it 20: ce=nan w=x\nno\n",
            .init(patterns: [pattern]))
        #expect(points(run, "train/loss").first == [10, 3.5] && points(run, "w") == [[10, 1024]])
        #expect(run.series["train/loss"]?.last?.value.isNaN == true)
        #expect(run.notes.last?.contains("1 lines were not understood: line 4 'no'") == true)
        func message(_ text: String) -> String {
            do {
                _ = try LinePattern(text)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(message("(?<step>").hasPrefix("'(?<step>' is no regular expression: "))
        #expect(
            message("loss (?<loss>.*)")
                == "'loss (?<loss>.*)' has no group that counts steps; write (?<step>\\d+)")
        #expect(message("(?<step>.*)").contains("has no group of a metric"))
        let scratch = try Scratch()
        let path = try scratch.put("nothing\n")
        let error = #expect(throws: FormatError.self) {
            try LogReader.runs(at: path, options: .init(patterns: [pattern]))
        }
        #expect(error?.description.contains("none that a --pattern matches") == true)
    }

    @Test func namesOfAPersonComeBeforeOurs() throws {
        let scratch = try Scratch()
        let file = try scratch.put(
            "val/loss: [loss]\nnorm/weight/{}/rms: w_rms/{}\nmy/own: thing\n", "names.yaml")
        var options = LogReader.Options()
        options.names = try MetricAliases(path: file)
        let table = try scratch.put("step,loss,w_rms/a.b,thing,lr,odd\n1,2,3,4,5,6\n", "a.csv")
        let run = try LogReader.runs(at: table, options: options)[0]
        #expect(
            Array(run.series.keys) == [
                "val/loss", "norm/weight/a.b/rms", "my/own", "optim/lr", "odd",
            ])
        #expect(run.unknownNames == ["odd"])
        func message(_ text: String) throws -> String {
            let path = try scratch.put(text, "bad.yaml")
            let error = #expect(throws: FormatError.self) { _ = try MetricAliases(path: path) }
            return error?.description.replacingOccurrences(of: path, with: "FILE") ?? ""
        }
        let advice = "; write a line a tag, as train/loss: [their_name, another]"
        #expect(try message("- a\n") == "FILE: names: no mapping of tags to names" + advice)
        #expect(
            try message("a: x\nb: [y, X]\n") == "FILE: X: means both a and b" + advice)
        #expect(
            try message("a: 3\n") == "FILE: a: neither a name nor a list of names" + advice)
        #expect(try message("a/{}: x\n").contains("stands in one of 'a/{}' and 'x' alone"))
    }

    @Test(arguments: [
        TextLogs.nanoGPT, TextLogs.llmcFile, TextLogs.llmcConsole, TextLogs.moddedNanoGPT,
        TextLogs.torchtitan, TextLogs.megatron, TextLogs.nanotron, TextLogs.olmoCore,
    ])
    func mutatedTextIsRefusedOrRead(text: String) throws {
        let scratch = try Scratch()
        let original = Array(text.utf8)
        var state: UInt64 = 5
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(bound, 1)
        }
        let path = scratch.path + "/a.log"
        for _ in 0..<300 {
            var bytes = original
            for _ in 0...random(4) where !bytes.isEmpty {
                let place = random(bytes.count)
                switch random(5) {
                case 0: bytes[place] ^= UInt8(1 << random(8))
                case 1: bytes[place] = Array("|:/.,-e \n\r".utf8)[random(10)]
                case 2: bytes.insert(contentsOf: Array("99999999999999999999".utf8), at: place)
                case 3: bytes.removeSubrange(place...)
                default: bytes.insert(UInt8(random(256)), at: place)
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do { _ = try LogReader.runs(at: path) } catch {}
        }
    }
}
