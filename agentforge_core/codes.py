"""Every diagnostic code with its title and explanation; docs/errors.md is generated from this table.

Families: 1 document, 2 adapters and placement, 3 lowering and capabilities, 4 model and tool calls,
5 limits and decisions, 6 command line, 9 internal.
"""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    # 1: the document
    "AF1001": (
        "File cannot be read",
        "The file does not exist, is a folder, or may not be read.",
    ),
    "AF1002": (
        "Unknown file format",
        "A document's name ends in .yaml, .yml, .json or .toml. Rename it, or convert it.",
    ),
    "AF1003": (
        "Unreadable characters",
        "A document is text in UTF-8, and YAML allows no control characters. Save it as UTF-8, or remove the character at the place named.",
    ),
    "AF1004": (
        "Document too large",
        "A document has at most 1 MiB, 64 levels of nesting, and, with aliases replaced by what they stand for, 100,000 values and 4 Mi characters. Split it, or drop aliases that multiply.",
    ),
    "AF1005": (
        "Syntax error",
        "The file is not valid YAML 1.2, JSON or TOML at the place named.",
    ),
    "AF1006": (
        "Key twice",
        "A key stands twice in one mapping, and one of the two values would be lost. Keep one.",
    ),
    "AF1007": (
        "Not plain data",
        "YAML tags, several documents in a file, YAML 1.1, and aliases that stand for nothing or for themselves are not read. Write the data plainly.",
    ),
    "AF1008": (
        "Key is no text",
        "Keys are texts. Put numbers, true, false and null in quotes when they are keys.",
    ),
    "AF1009": (
        "Value beyond plain data",
        "Numbers are finite, whole numbers fit 64 bits, and texts hold whole characters, so that every reader of JSON understands them alike.",
    ),
    "AF1010": (
        "Nothing to read",
        "A document is a mapping that starts with `agentforge: 1`; this one is empty, a list or a single value.",
    ),
    "AF1011": (
        "Format version missing",
        "The key `agentforge` says the version of the document's format. Add `agentforge: 1`.",
    ),
    "AF1012": (
        "Format version not read",
        "The document's format version is none that this release reads. Install a newer agentforge-core, or write the document for a version it reads.",
    ),
    "AF1020": (
        "Unknown key",
        "The mapping cannot have this key; unknown keys are refused so that a typing error is never silence. The hint names the nearest key or all of them.",
    ),
    "AF1021": (
        "Wrong type",
        "The value is of another kind than this key takes. The message says which it takes and what was found.",
    ),
    "AF1022": (
        "Missing key",
        "The mapping needs this key.",
    ),
    "AF1023": (
        "Value not allowed",
        "The value is of the right kind and outside of what this key takes: not one of the choices, out of range, or of another form.",
    ),
    "AF1024": (
        "Not a name",
        "Names of tools have 1 to 64 letters, digits, _ and -; other names up to 128 characters on one line, without a slash and without a blank at the start.",
    ),
    "AF1025": (
        "Not read from the environment",
        "`{env: NAME}` stands for a value only at the places that the hint lists, or the key takes the name of the variable itself.",
    ),
    "AF1026": (
        "Node in place of a name",
        "Models, tools, agents and tasks are described in their own sections and named where they are used.",
    ),
    "AF1101": (
        "Unknown reference",
        "A name is used that the document does not describe. The hint names the nearest one, or all there are.",
    ),
    "AF1102": (
        "No model",
        "No model is said anywhere. Add `models: {default: {model: provider/name}}`, or run with `--model offline/rules`.",
    ),
    "AF1103": (
        "Not a model",
        "A model is `provider/name`, for example `openai/gpt-5-mini`; a value without a slash is a key of `models`, whose keys have no slash.",
    ),
    "AF1104": (
        "Source of a tool",
        "A tool has exactly one of python, mcp, http and openapi; `python` is `module:name`.",
    ),
    "AF1105": (
        "Tool listed twice",
        "An agent lists a tool, or two tools of one name, twice. Remove one.",
    ),
    "AF1106": (
        "Task without an agent",
        "Only the manager of a hierarchical team chooses who does a task; every other task names its agent.",
    ),
    "AF1107": (
        "Tasks wait for each other",
        "Tasks need each other's answers in a circle. Drop one of the context entries on it.",
    ),
    "AF1108": (
        "Team that cannot work",
        "The team lacks tasks or agents, has what its process does not use, or lists tasks in an order that their context forbids.",
    ),
    "AF1109": (
        "Not a JSON Schema",
        "Schemas are JSON Schema, draft 2020-12; the parameters of a tool are of type object.",
    ),
    "AF1110": (
        "Not an address",
        "`base_url` must be the address of an HTTP endpoint, with http:// or https://. Its path is kept as written.",
    ),
    "AF1201": (
        "Tool does not load",
        "A Python tool's module or function cannot be imported, or its signature has no JSON Schema. The reason is Python's own; modules beside the document are found first.",
    ),
    # 2: adapters and placement
    "AF2001": (
        "Not a placement",
        "An `on:` value is `auto`, a name with an optional PEP 440 specifier, or a list of those: `crewai`, `langchain==0.3.*`, `[crewai>=1.10, native]`.",
    ),
    "AF2002": (
        "Unknown adapter",
        "No installed adapter and none of the catalog has this name, nor drives a framework of this name. `agentforge adapters list` shows all that are known.",
    ),
    "AF2003": (
        "Adapter not installed",
        "The adapter is known and its distribution is not installed. Install it with the line in the hint.",
    ),
    "AF2004": (
        "Framework not installed",
        "The adapter is installed, something it requires is not. Install it with the line in the hint.",
    ),
    "AF2005": (
        "Adapter does not load",
        "The entry point of the adapter cannot be imported or does not name an adapter. Reinstall its distribution, or tell its authors.",
    ),
    "AF2006": (
        "Framework out of range",
        "A framework is installed in a version that the adapter's dependencies exclude. The reason names both sides; install the version in the hint, or choose another adapter.",
    ),
    "AF2007": (
        "Wrong Python",
        "The adapter or its framework does not run on this Python. Use an interpreter in the range that the reason names.",
    ),
    "AF2008": (
        "Another contract",
        "The adapter was written for another contract or another version of agentforge-core. Upgrade the one that is older.",
    ),
    "AF2009": (
        "Broken adapter",
        "The adapter's metadata, package or adapter.toml is missing or wrong. The reason names file and key; reinstall the adapter, or tell its authors.",
    ),
    "AF2010": (
        "Adapter name claimed twice",
        "Two distributions register an adapter of this name. Uninstall one of them.",
    ),
    "AF2011": (
        "Installed version is not the one asked for",
        "The framework is installed in another version than `on:` asks for. Install the version in the hint, or ask for the installed one.",
    ),
    "AF2012": (
        "Version not served",
        "No version that `on:` asks for is served by the adapter. Ask for a version in its range, or for an adapter that serves the other one.",
    ),
    # 3: lowering and capabilities
    "AF3001": (
        "Capability not implemented",
        "The framework could do what is needed, this adapter does not. Choose an adapter that can (`on: auto`).",
    ),
    "AF3002": (
        "Capability not yet in the framework",
        "The framework cannot do what is needed yet. Choose an adapter that can (`on: auto`).",
    ),
    "AF3003": (
        "Capability never supported",
        "The framework is not made for what is needed. Choose an adapter that can (`on: auto`).",
    ),
    "AF3004": (
        "Capability unknown",
        "The adapter's manifest does not say whether it can do what is needed; silence is not support.",
    ),
    "AF3005": (
        "Capability needs a newer framework",
        "What is needed is supported from a later framework version than the installed one. Upgrade with the line in the hint.",
    ),
    "AF3101": (
        "The adapter refuses the unit",
        "The adapter was handed something it does not lower.",
    ),
    "AF3103": (
        "Adapter broke while lowering",
        "The adapter raised something unexpected while it built the framework's objects. --debug shows the traceback; it belongs to the adapter's authors.",
    ),
    "AF3104": (
        "Adapter broke the contract",
        "What the adapter's `lower` returned is no lowered unit, or cannot describe itself. The reason names what is missing and what was expected; it belongs to the adapter's authors.",
    ),
    "AF3110": (
        "Message holds what is not text",
        "A framework sent its model a message of an unknown kind, or an image, file or the like. Messages carry text; give the model the text of it, or a path that a tool can read.",
    ),
    "AF3111": (
        "Task waits for an async one",
        "The framework goes step by step, so a task that needs not wait for an `async` one begins only when both of their steps have ended. Answers are the same, only time is lost; put the tasks into another order, or run the team on `native`.",
    ),
    "AF3201": (
        "Not in this release",
        "The document or the call asks for a feature of the format that this release does not have yet. It is refused because running without it would silently drop what was said.",
    ),
    # 4: model and tool calls
    "AF4001": (
        "Key of the model is not set",
        "The environment variable that holds the model's key is unset, empty, or holds what no header can carry. Set it, or try `--model offline/rules`, which needs no key.",
    ),
    "AF4002": (
        "Provider has no client",
        "This release calls OpenAI-compatible endpoints, scripts and the offline model. Give `base_url` of an OpenAI-compatible endpoint of the provider; most have one.",
    ),
    "AF4003": (
        "Address of the model is invalid",
        "`base_url` must have a scheme (http or https) and a host, such as http://127.0.0.1:8000/v1.",
    ),
    "AF4004": (
        "Field of the request belongs to the gateway",
        "`extra` adds fields to the request body; `messages`, `tools` and `stream` are written from the call.",
    ),
    "AF4005": (
        "Unknown offline model",
        "The only offline model is `offline/rules`.",
    ),
    "AF4006": (
        "Script is missing or invalid",
        "A scripted model reads its replies from a YAML or JSON file beside the document.",
    ),
    "AF4007": (
        "Environment variable of the model is not set",
        "The model reads a value from this variable. Set it.",
    ),
    "AF4008": (
        "Unknown model",
        "A call names a model that is not in the program.",
    ),
    "AF4009": (
        "Proxy is not supported",
        "Only HTTP proxies are; name one, or add the host to NO_PROXY.",
    ),
    "AF4010": (
        "Model endpoint cannot be reached",
        "No connection could be made, also not after repeating. Check that the server runs and `base_url`.",
    ),
    "AF4011": (
        "Model took too long",
        "The endpoint took no connection, or did not answer in time. `timeout_s` of the model is the time for one request.",
    ),
    "AF4012": (
        "Model refused the key",
        "Status 401 or 403: the key is wrong, or may not use this model.",
    ),
    "AF4013": (
        "Model or path not found",
        "Status 404: the provider does not know the model, or `base_url` is not the address of its API.",
    ),
    "AF4014": (
        "Too many requests",
        "Status 429, also after waiting as the provider asked, or the wait it asks for is longer than a minute.",
    ),
    "AF4015": (
        "Model refused the request",
        "The provider does not take the request; its message says why.",
    ),
    "AF4016": (
        "Model provider failed",
        "Status 5xx, also after repeating. Try again later.",
    ),
    "AF4017": (
        "Connection closed before the reply was complete",
        "The provider, or a proxy before it, closed the connection, also when the request was repeated.",
    ),
    "AF4018": (
        "Reply is not JSON",
        "The server does not keep to the chat completions format. Check `base_url`.",
    ),
    "AF4019": (
        "Reply has the wrong content type",
        "The address answers with a page or a file instead of JSON. Check `base_url`.",
    ),
    "AF4020": (
        "Reply has no choices",
        "The server answered without any message. Check `base_url`.",
    ),
    "AF4021": (
        "Model endpoint redirects",
        "Keys and conversations are only sent to the address the user wrote. Write the new one as `base_url`.",
    ),
    "AF4022": (
        "Reply is an error",
        "The provider answered with status 200, but with an error inside.",
    ),
    "AF4023": (
        "Model endpoint cannot be trusted",
        "Its TLS certificate is not valid here. `SSL_CERT_FILE` names further authorities to trust.",
    ),
    "AF4024": (
        "Reply cut short",
        "The provider ended a reply at its length limit or by its content filter. The answer may be incomplete; raise `max_tokens`, or look at what was asked.",
    ),
    "AF4030": (
        "Script has ended",
        "The conversation is longer than the script of the scripted model.",
    ),
    "AF4031": (
        "Scripted server cannot listen",
        "The port is taken or may not be used. Leave `--port` out.",
    ),
    "AF4101": (
        "Tool failed",
        "A tool with `on_error: fail` failed, or the person asked gave up. With `on_error: return` the model sees the error and may try something else.",
    ),
    "AF4201": (
        "The framework ended its own run",
        "The framework cancelled its own task without being asked to. Tell the adapter's authors.",
    ),
    "AF4202": (
        "A call broke off",
        "A model or tool call ended in a way that is neither a reply nor an error of the host's. --debug shows the traceback.",
    ),
    "AF4203": (
        "The framework raised",
        "The framework raised an exception that is not the host's. --debug shows the traceback.",
    ),
    "AF4204": (
        "The framework tried to end the process",
        "The framework, or a tool that it called itself, raised SystemExit. The run ends, the process does not. Tell the adapter's authors.",
    ),
    "AF4301": (
        "Answer does not fit its schema",
        "The final answer is not JSON or breaks the output schema, after the repairs that `output.repairs` allows.",
    ),
    # 5: limits and decisions
    "AF5001": (
        "Limit reached",
        "The next call would exceed a limit of the run, a team, a task or an agent. It was not made. Raise the limit, or look why so many calls are needed.",
    ),
    "AF5004": (
        "Cancelled",
        "The run was cancelled by its caller. Nothing of it is left running, except synchronous tools in their threads.",
    ),
    "AF5101": (
        "Needs a decision",
        "A tool needs approval or an answer, and nobody was there to ask. Run from a terminal, or pass approve= in Python.",
    ),
    # 6: the command line
    "AF5102": (
        "Approval callback failed",
        "The function given as approve= raised. The call it was asked about was not made.",
    ),
    "AF6001": (
        "run_sync inside a run",
        "`run_sync` would wait for itself. Await `run()` there.",
    ),
    "AF6002": (
        "What to run is not clear",
        "The document has several teams or agents, or the name stands for several things. Say which one.",
    ),
    "AF6003": (
        "Unknown agent in a placement",
        "A placement names an agent that the document does not have.",
    ),
    "AF6004": (
        "Two nodes with one name",
        "Two different Python objects of the same kind have the same name; references are by name.",
    ),
    "AF6005": (
        "Unknown name",
        "No team, task or agent of the document has this name.",
    ),
    "AF6006": (
        "Prompt missing or misplaced",
        "An agent, or a team without tasks, needs a prompt; tasks say themselves what to do.",
    ),
    "AF6007": (
        "Inputs do not match",
        "An input is missing for a placeholder, or an input was given that no text asks for.",
    ),
    "AF6008": (
        "Not a limit",
        "A limit has an unknown name or a value that is no number in its range.",
    ),
    "AF6009": (
        "Task without agent",
        "A task that names no agent can only be run by a hierarchical team, whose manager chooses one. Run the team, or give the task an agent.",
    ),
    "AF6020": (
        "Unknown command",
        "`agentforge --help` lists all commands.",
    ),
    "AF6021": (
        "Command line not understood",
        "An option does not exist, lacks its value, or an argument is missing or too many. `--help` of the command shows how it is used.",
    ),
    "AF6022": (
        "Not NAME=VALUE",
        "`--input`, `--label` and `--limit` take NAME=VALUE, each name once; the value of a limit is a number.",
    ),
    "AF6023": (
        "Options exclude each other",
        "Two options, or two values of one option, cannot both count.",
    ),
    "AF6024": (
        "Project cannot be written here",
        "`agentforge init` overwrites nothing and needs a folder it may write. Name another one.",
    ),
    "AF6025": (
        "Input is not UTF-8",
        "What the shell or stdin handed over is not text in UTF-8. Convert it.",
    ),
    "AF6026": (
        "Answer cannot be written",
        "stdout did not take the answer, for example because the disk is full. What ran has run.",
    ),
    # 9: internal
    "AF9001": (
        "Internal error",
        "A bug in AgentForge. Run again with --debug and report the traceback.",
    ),
    "AF9002": (
        "Called outside a run",
        "A model or tool of a framework was called where no host is set: outside a run, or in a thread started without the run's context.",
    ),
    "AF9003": (
        "Blocking call on the event loop",
        "An adapter called a blocking twin of the host on the host's own event loop, where it would wait for ever.",
    ),
    "AF9004": (
        "Framework did not stop",
        "A stopped framework had not ended after a second. The run ended with its verdict all the same; the adapter needs mending.",
    ),
}
"""Code to (title, explanation). A test holds that the code base uses each of them and no other."""
