// swift-tools-version: 6.3
import PackageDescription

/// Tests call C directly, so they do without the marks of memory safety.
let testHouse: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]
let house: [SwiftSetting] = testHouse + [.strictMemorySafety()]

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let collections = product(name: "OrderedCollections", package: "swift-collections")
    static let flyingSocks = product(name: "FlyingSocks", package: "FlyingFox")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let yams = product(name: "Yams", package: "Yams")
}

/// What every kind of study may use.
let studyHouse: [Target.Dependency] = [
    "Documents", "Datasets", "Digests", "Engines", "Formats", "Modules", "Optimizers", "Programs",
    "Reports", "Runs", "RunTables", "Statistics", "Sweeps", "Telemetry", "Tensors", "Training",
    .collections, .yams,
]

extension Target {
    static func library(_ name: String, _ dependencies: [Dependency] = []) -> Target {
        target(name: name, dependencies: dependencies, swiftSettings: house)
    }

    /// A kind of study that is a target of its own, so that kinds compile side by side.
    static func kind(_ name: String, in folder: String, _ dependencies: [Dependency]) -> Target {
        target(
            name: name, dependencies: studyHouse + dependencies, path: "Sources/Studies/\(folder)",
            swiftSettings: house)
    }

    static func tests(
        _ name: String, _ dependencies: [Dependency] = [], exclude: [String] = []
    ) -> Target {
        testTarget(
            name: name + "Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
            exclude: exclude, swiftSettings: testHouse)
    }
}

// Targets stand in the order of the dependency graph: each may use only what stands above it.
let package = Package(
    name: "Ballast",
    products: [
        .library(name: "Ballast", targets: ["Ballast"]),
        .library(name: "Modular", targets: ["Modular"]),
        .library(name: "Conformance", targets: ["Conformance"]),
        .executable(name: "ballast", targets: ["BallastCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Without its traits: two of them reach the compiler in an order that changes from build to build.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        // C, and what is generated.
        .target(
            name: "CKernels",
            exclude: ["vector"],
            cSettings: [
                .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
            ]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "EventMessages", dependencies: [.protobuf], exclude: ["event.proto"],
            swiftSettings: [.swiftLanguageMode(.v6)]),

        .target(
            name: "CPJRT",
            cSettings: [
                .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
            ]),
        .target(
            name: "XLAMessages", dependencies: [.protobuf], exclude: ["compile_options.proto"],
            swiftSettings: [.swiftLanguageMode(.v6)]),

        // Values, files, numbers.
        .library("Digests", ["COpenSSL"]),
        .library("Tensors", ["CKernels", "Digests", .collections]),
        .library(
            "Formats", ["Tensors", "EventMessages", "CZlib", "Digests", .collections, .protobuf]),
        .library("Tokenizers", ["Formats", "Digests"]),
        .library("Statistics", ["Tensors"]),
        .library("Documents", ["Formats", "Statistics"]),
        // Tensors that any tool wrote, and what they say.
        .library(
            "TensorFiles", ["Formats", "Tensors", "CKernels", "CZlib", .collections]),
        .library(
            "Inspection",
            [
                "TensorFiles", "Documents", "Formats", "Statistics", "Tensors", "CKernels",
                .collections, .yams,
            ]),
        // Logs that any tool wrote, and what is wrong with the run.
        .library("Import", ["CZlib", "Formats", .collections, .yams]),
        .library("Judging", ["Documents", "Formats", "Import", "Statistics", .collections]),
        .library("Doctor", ["Formats", "Import", "Inspection", "Statistics", .collections]),

        // Programs, data, measurements.
        .library("Programs", ["Tensors", .collections]),
        .library("Datasets", ["Tensors", "Formats", "Digests", "Tokenizers"]),
        .library("Telemetry"),

        // What runs programs, and what builds them.
        .library("Engines", ["Programs", "Tensors"]),
        .library("Norms", ["Programs", "Tensors"]),
        .library("Modules", ["Programs", "Telemetry", "Tensors", .collections]),
        .library("Modular", ["Engines", "Modules", "Norms", "Programs", "Tensors", .collections]),
        .library("EngineCPU", ["Engines", "Programs", "Tensors", "CKernels", "COneDNN"]),
        .library(
            "EngineXLA", ["Engines", "Programs", "Tensors", "CPJRT", "XLAMessages", .protobuf]),
        .library("Optimizers", ["Modules", "Norms", "Programs", "Tensors", .collections]),
        .library("Runs", ["Telemetry", "Formats", "Digests", "Tensors", .collections, .yams]),
        .library("Slurm", ["Formats", "Runs"]),

        // The dashboard reads folders, and knows nothing of training.
        .library(
            "Dashboard",
            [
                "Doctor", "Import", "Runs", "Formats", "Telemetry", .collections, .flyingSocks,
                .yams,
            ]),

        // Training, sweeps, reports.
        .library(
            "Training",
            [
                "Engines", "Modules", "Modular", "Norms", "Optimizers", "Datasets", "Telemetry",
                "Runs", "Formats", "Programs", "Statistics", "Tensors", "Tokenizers",
                .collections, .yams,
            ]),
        .library(
            "TrainingLanes",
            ["Datasets", "Engines", "Modules", "Programs", "Runs", "Tensors", "Training"]),
        // Recipes of other tools, in and out.
        .library(
            "Recipes",
            [
                "Formats", "Inspection", "Modules", "Optimizers", "Programs", "Runs", "Tensors",
                "Training", .collections,
            ]),
        .library(
            "RunTables",
            [
                "Formats", "Modules", "Optimizers", "Runs", "Statistics", "Telemetry", "Training",
                .collections,
            ]),
        .library(
            "ImportedRuns",
            [
                "Formats", "Import", "RunTables", "Runs", "Statistics", "Telemetry", "Training",
                .collections,
            ]),
        .library(
            "Reports",
            ["Documents", "Runs", "RunTables", "Statistics", "Telemetry", "Formats"]),
        .library(
            "Sweeps",
            [
                "Documents", "Modules", "Optimizers", "Telemetry", "Training", "TrainingLanes",
                "Runs", "RunTables",
                "Reports", "Formats", "Statistics",
                "Datasets", "Engines", "Programs", "Tensors", "Digests", .yams, .collections,
            ]),
        // Kinds of studies: the large ones each a target, the others together.
        .kind("TransferStudies", in: "Transfer", []),
        .kind("DecayStudies", in: "Decay", []),
        .kind("ForecastStudies", in: "Forecast", []),
        .kind("FindingStudies", in: "Findings", ["DecayStudies", "ForecastStudies"]),
        .kind("PrescriptionStudies", in: "Prescription", ["ForecastStudies", "TransferStudies"]),
        .target(
            name: "Studies", dependencies: studyHouse + ["TransferStudies"],
            exclude: ["Decay", "Findings", "Forecast", "Prescription", "Transfer"],
            swiftSettings: house),

        // The whole, the tool, and the suites that test what others add.
        .library(
            "Ballast",
            [
                "Tensors", "Formats", "Statistics", "Documents", "Programs", "Datasets",
                "Telemetry", "Engines", "Norms", "Modules", "EngineCPU", "EngineXLA", "Optimizers",
                "Runs", "Training", "TrainingLanes", "RunTables", "Sweeps", "Studies", "Reports",
                "TransferStudies", "DecayStudies", "FindingStudies", "ForecastStudies",
                "PrescriptionStudies", .collections,
            ]),
        .executableTarget(
            name: "BallastCommand",
            dependencies: [
                "Ballast", "Dashboard", "Doctor", "EngineCPU", "EngineXLA", "Import",
                "ImportedRuns", "Inspection", "Judging", "Modular", "Recipes", "Slurm",
                "Tokenizers", .argumentParser,
            ],
            swiftSettings: house),
        .library(
            "Conformance",
            [
                "Engines", "Programs", "Tensors", "Norms", "Modules", "Modular", "Optimizers",
                .collections,
            ]),

        // The counts of the C library's allocator.
        .systemLibrary(name: "CMalloc", path: "Tests/CMalloc"),
        .tests("CKernels"),
        .tests("Digests"),
        .tests("Statistics", ["Tensors"], exclude: ["Oracle"]),
        .tests("Tensors"),
        .tests("Programs", ["Tensors", "Engines", "Modules", "Optimizers", "Conformance"]),
        .tests("Engines", ["Programs", "Tensors", "Conformance"]),
        .tests(
            "EngineCPU",
            [
                "CMalloc", "Engines", "Programs", "Tensors", "Modules", "Optimizers", "Conformance",
                "Telemetry", "Training",
                .collections,
            ]),
        .tests(
            "EngineXLA",
            [
                "Datasets", "Digests", "EngineCPU", "Engines", "Formats", "Modules", "Optimizers",
                "Programs", "Runs", "Telemetry",
                "Tensors", "Training", "TrainingLanes", "Conformance", .collections,
            ]),
        .tests("Norms", ["EngineCPU", "Engines", "Programs", "Tensors"]),
        .tests(
            "Modular",
            [
                "EngineCPU", "Engines", "Formats", "Modules", "Norms", "Programs", "Tensors",
                "Conformance", .collections,
            ], exclude: ["Digits", "Oracle"]),
        .tests(
            "Optimizers",
            [
                "EngineCPU", "Engines", "Formats", "Modules", "Norms", "Programs", "Tensors",
                "Conformance",
            ], exclude: ["Oracle"]),
        .tests("Formats", ["Tensors", "CZlib", .collections], exclude: ["Interop"]),
        .tests("Tokenizers", ["Formats"], exclude: ["Oracle"]),
        .tests("TensorFiles", ["Formats", "Tensors", .collections], exclude: ["Oracle"]),
        .tests(
            "Inspection",
            ["CKernels", "TensorFiles", "Documents", "Formats", "Tensors", .collections],
            exclude: ["Oracle"]),
        .tests("Import", ["Formats", .collections], exclude: ["Logs", "ProbeLog"]),
        .tests(
            "ImportedRuns",
            ["Import", "RunTables", "Runs", "Telemetry", "Training", .collections]),
        .tests("Judging", ["Formats", "Statistics", "Tensors"], exclude: ["oracle.py"]),
        .tests("Doctor", ["Import", "Inspection", .collections]),
        .tests("Dashboard", ["Formats", "Runs", .collections, .flyingSocks]),
        .tests("Datasets", ["Tensors", "Formats", "Tokenizers"], exclude: ["Oracle"]),
        .tests("Documents", ["Formats", "Statistics"], exclude: ["Snapshots"]),
        .tests(
            "Reports",
            [
                "Documents", "Runs", "RunTables", "Statistics", "Formats", "Studies", "Sweeps",
                "Telemetry", "TransferStudies", "DecayStudies", "FindingStudies",
                "ForecastStudies", "PrescriptionStudies",
            ],
            exclude: ["Snapshots"]),
        .tests(
            "Training",
            [
                "Datasets", "EngineCPU", "Engines", "Formats", "Modular", "Modules", "Optimizers",
                "Programs", "Runs",
                "Statistics", "Telemetry", "Tensors", "Tokenizers", .collections, .yams,
            ], exclude: ["Oracle"]),
        .tests(
            "Recipes",
            [
                "Engines", "Formats", "Inspection", "Modules", "Optimizers", "Programs", "Runs",
                "Telemetry", "Tensors", "Training", .collections,
            ], exclude: ["Oracle"]),
        .tests(
            "Sweeps",
            [
                "EngineCPU", "Modules", "Optimizers", "Runs", "RunTables", "Statistics", "Studies",
                "Telemetry", "Tensors", "Training", "TransferStudies", "DecayStudies",
                "FindingStudies",
                "ForecastStudies", "PrescriptionStudies",
                .collections,
            ]),
        .tests(
            "RunTables",
            [
                "Formats", "Modules", "Optimizers", "Runs", "Statistics", "Telemetry", "Training",
                .collections,
            ]),
        .tests("Slurm", ["Runs"]),
        .tests("Telemetry"),
        .tests(
            "Studies",
            [
                "Documents", "EngineCPU", "Engines", "Formats", "Modules", "Optimizers", "Runs",
                "RunTables", "Statistics", "Sweeps", "Tensors", "Training", .collections,
            ]),
        .tests(
            "BallastCommand", ["Formats", "Runs", "RunTables", "Telemetry"],
            exclude: ["FaultyPlugin"]),
    ]
)

// Parsers under libFuzzer, which brings its own entry: `scripts/fuzz.sh` alone builds them.
if Context.environment["BALLAST_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Ballast", "Dashboard", "Datasets", "Formats", "Import", "Judging", "Programs",
                "Recipes", "Runs", "Sweeps", "TensorFiles", "Tokenizers", "Training",
            ], path: "Fuzz", swiftSettings: house + [.unsafeFlags(["-parse-as-library"])]))
}

// A part of the package alone: BALLAST_TARGETS=DoctorTests,ImportTests keeps these targets and what they use.
if let names = Context.environment["BALLAST_TARGETS"] {
    var kept = Set(names.split(separator: ",").map(String.init))
    for target in package.targets.reversed() where kept.contains(target.name) {
        for case .byNameItem(let name, _) in target.dependencies { kept.insert(name) }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { product in
        switch product {
        case let library as Product.Library: !kept.isSuperset(of: library.targets)
        case let tool as Product.Executable: !kept.isSuperset(of: tool.targets)
        default: true
        }
    }
}
