"""Data sets: brought from the first source that has them, accepted by their digests alone."""


rule data:
    output:
        "results/data/{dataset}.json",
    log:
        "results/logs/data/{dataset}.log",
    params:
        source=CONTEXT.source,
    shell:
        "python -m workflows.data.{wildcards.dataset} --manifest {output} {params.source}"
        " 2>&1 | tee {log}"
