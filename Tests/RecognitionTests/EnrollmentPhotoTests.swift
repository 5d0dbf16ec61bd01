import Recognition
import RecognitionTestSupport
import Testing
import VisageCore

@Suite struct EnrollmentPhotoTests {
    private let face = Synthetic.face(100, 100, size: 50)

    @Test func aFaceIsKeptWithWhatIsAroundIt() {
        let wide = EnrollmentPhoto.surroundings(of: face)
        #expect(wide == BoundingBox(x: 60, y: 60, width: 130, height: 130))
        #expect(EnrollmentPhoto.surroundings(of: face, among: [face]) == wide)
        #expect(EnrollmentPhoto.surroundings(of: face, among: [face, Synthetic.face(300, 100)]) == wide)
    }

    @Test func anotherFaceIsNotInThePicture() throws {
        let other = Synthetic.face(175, 100, size: 50)
        let narrow = try #require(EnrollmentPhoto.surroundings(of: face, among: [other, face]))
        #expect(narrow.intersection(other.box) == 0 && narrow.intersection(face.box) == face.box.area)
        #expect(EnrollmentPhoto.surroundings(of: face, among: [face, Synthetic.face(155, 100, size: 50)]) == nil)
    }
}
