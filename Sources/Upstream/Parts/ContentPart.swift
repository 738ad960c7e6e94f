/// One part of a chat message's content.
///
/// Facts: https://openrouter.ai/docs/guides/overview/multimodal, read 2026-08.
enum ContentPart {
    /// - Throws: ``RequestProblem`` for a part whose cost has no bound, or that is not what it says.
    static func read(_ part: JSONValue, _ param: String, into carried: inout Carried) throws(RequestProblem) {
        guard part.kind == .object, let type = part["type"]?.string else {
            throw .wrongType("\(param).type", expected: "a part's type")
        }
        switch type {
        case "text", "refusal": break
        case "image_url": try carried.addImage(url: url(part, "image_url", param))
        case "video_url":
            _ = try url(part, "video_url", param)
            carried.addVideo()
        case "input_audio":
            guard let data = part["input_audio"]?["data"], data.kind == .string else {
                throw .wrongType("\(param).input_audio.data", expected: "a sound in base64")
            }
            carried.addSound(data: data)
        case "file": try readFile(part, param, into: &carried)
        default: throw .unbounded("\(param).type", "parts of type '\(type.prefix(64))' have no price that is known")
        }
        if let control = part["cache_control"] { try CacheControl.check(control, "\(param).cache_control") }
    }

    /// `{"url":"…"}`, or the address alone, which some servers take as well.
    private static func url(_ part: JSONValue, _ name: String, _ param: String) throws(RequestProblem) -> JSONValue {
        guard let value = part[name] else { throw .wrongType("\(param).\(name)", expected: "an object with a url") }
        let url = value.kind == .string ? value : value["url"]
        guard let url, url.kind == .string else {
            throw .wrongType("\(param).\(name).url", expected: "an address or a data URL")
        }
        return url
    }

    private static func readFile(
        _ part: JSONValue, _ param: String, into carried: inout Carried
    ) throws(RequestProblem) {
        guard let file = part["file"], file.kind == .object else {
            throw .wrongType("\(param).file", expected: "an object with file_data")
        }
        if let id = file["file_id"], !id.isNull {
            throw .unbounded(
                "\(param).file.file_id", "files kept upstream belong to all who share the gateway's key. Send file_data"
            )
        }
        carried.addFile()
    }
}
