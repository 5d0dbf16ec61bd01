import Detection
import Inference
import TestSupport
import VisageCore

/// Detectors as the tests want them: reproducible, one thread.
enum Detectors {
    static func make(
        _ kind: DetectorKind, _ options: DetectorOptions = DetectorOptions(), engine: (any InferenceEngine)? = nil
    ) throws -> any SteppedDetector {
        let store = try ModelStore(folder: Workspace.models)
        return try kind.detector(options, store: store) { model in
            if let engine { return engine }
            return model.entry.engines.contains("openvino")
                ? try OpenVINOEngine(precision: .f32, concurrency: 1) : try OpenCVEngine(concurrency: 2)
        }
    }

    static func hasModels(_ kind: DetectorKind) -> Bool {
        guard let store = try? ModelStore(folder: Workspace.models) else { return false }
        return kind.models.allSatisfy { (try? store.model($0))?.isHere == true }
    }
}
