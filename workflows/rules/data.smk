"""Data sets: brought from the first source that has them, accepted by their digests alone."""


rule data:
    output:
        "results/data/{dataset}.json",
    log:
        "results/logs/data/{dataset}.log",
    wildcard_constraints:
        dataset=rf"(?!({CONTEXT.own.names})\.)[^/]+",
    priority: FIRST
    params:
        source=CONTEXT.source,
    shell:
        "python -m workflows.data.{wildcards.dataset} --manifest {output} {params.source}"
        " 2>&1 | python -m workflows.common.keep {log}"


rule own_data:
    """Data of one's own, in a copy that runs read."""
    output:
        "results/data/{dataset}.json",
    log:
        "results/logs/data/{dataset}.log",
    wildcard_constraints:
        dataset=CONTEXT.own.names,
    priority: FIRST
    resources:
        # No parameter: where they lie is no reason to run everything again.
        place=CONTEXT.own.place,
    params:
        sha256=CONTEXT.own.sha256,
    shell:
        "python -m workflows.data.own --name {wildcards.dataset} --sha256 {params.sha256}"
        " {resources.place} --manifest {output}"
        " 2>&1 | python -m workflows.common.keep {log}"
