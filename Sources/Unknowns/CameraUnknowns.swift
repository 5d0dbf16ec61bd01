import Foundation
import VisageCore

/// One camera's way to the memory that all share.
struct CameraUnknowns: UnknownPeople {
    let camera: String
    let scope: Scope
    let embedder: UnknownMemory.Embedder
    let memory: UnknownMemory

    var keepsViews: Bool { memory.settings.views > 0 && memory.settings.keepViewsFor > .zero }

    func recognize(_ face: UnknownFace, track: Int, besides others: Set<String>, at time: Date) -> String {
        memory.recognize(face, track: track, by: camera, scope, embedder, besides: others, at: time)
    }

    func learn(_ face: UnknownFace, track: Int, at time: Date) -> String? {
        memory.learn(face, track: track, embedder, at: time)
    }
    func keep(_ view: FaceView, track: Int) { memory.keep(view, track: track) }
    func withdraw(track: Int) { memory.withdraw(track: track) }
    func leave(track: Int) { memory.leave(track: track, embedder) }
}
