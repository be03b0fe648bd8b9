import Datasets
import Testing

@Suite("the home of fetched things")
struct BallastHomeTests {
    @Test("is BALLAST_HOME, if that says anything")
    func variable() {
        #expect(
            BallastHome.path(
                environment: ["BALLAST_HOME": "/data/b", "HOME": "/home/u"], currentFolder: "/")
                == "/data/b")
        #expect(
            BallastHome.path(
                environment: ["BALLAST_HOME": "", "HOME": "/home/u"], currentFolder: "/")
                == "/home/u/.local/share/ballast")
    }

    @Test("stands beside the nearest Package.swift, above the current folder or in it")
    func package() throws {
        try withFolder { folder in
            try write("", to: folder + "/Package.swift")
            try write("", to: folder + "/in/ner/Package.swift")
            try write("", to: folder + "/in/ner/most/file")
            for (current, home) in [
                ("", "/.ballast"), ("/", "/.ballast"), ("/in", "/.ballast"),
                ("/in/ner", "/in/ner/.ballast"), ("/in/ner/most", "/in/ner/.ballast"),
            ] {
                #expect(
                    BallastHome.path(environment: [:], currentFolder: folder + current)
                        == folder + home)
            }
        }
    }

    @Test("is the user's, away from a package")
    func user() throws {
        try withFolder { folder in
            #expect(
                BallastHome.path(environment: ["HOME": "/home/u"], currentFolder: folder)
                    == "/home/u/.local/share/ballast")
            // A folder of that name is no package.
            try write("", to: folder + "/Package.swift/file")
            #expect(
                BallastHome.path(environment: ["HOME": "/home/u"], currentFolder: folder)
                    == "/home/u/.local/share/ballast")
        }
    }

    @Test("the lookup reads what it is given: another variable changes nothing")
    func negativeControl() {
        withKnownIssue {
            #expect(
                BallastHome.path(
                    environment: ["BALLAST": "/data/b", "HOME": "/h"], currentFolder: "/")
                    == "/data/b")
        }
    }
}
