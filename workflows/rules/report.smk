"""The report: one page for people, pictures, and what Snakemake's own report shows of them."""


report: "../report/captions/workflow.rst"


rule report:
    input:
        "results/matrix.json",
        records=CONTEXT.runs.outputs,
        code=CODE["report"],
    output:
        report(
            "results/report.html",
            caption="../report/captions/report.rst",
            category="Report",
            labels={"what": "the whole report, one page"},
        ),
    log:
        "results/logs/report.log",
    localrule: True
    shell:
        "python -m workflows.report.page --output {output} 2>&1 | tee {log}"


rule picture:
    input:
        "results/matrix.json",
        code=CODE["report"],
    output:
        report(
            "results/pictures/matrix.svg",
            caption="../report/captions/matrix.rst",
            category="Matrix",
            labels={"what": "verdicts and letters"},
        ),
    log:
        "results/logs/pictures/matrix.log",
    localrule: True
    shell:
        "python -m workflows.report.pictures --output {output} 2>&1 | tee {log}"


rule losses:
    input:
        "results/matrix.json",
        records=CONTEXT.runs.outputs,
        code=CODE["report"],
    output:
        report(
            "results/pictures/losses/{benchmark}.svg",
            caption="../report/captions/losses.rst",
            category="Losses",
            labels={"benchmark": "{benchmark}"},
        ),
    log:
        "results/logs/pictures/losses/{benchmark}.log",
    wildcard_constraints:
        benchmark="[^/]+",
    localrule: True
    shell:
        "python -m workflows.report.pictures --benchmark {wildcards.benchmark}"
        " --output {output} 2>&1 | tee {log}"
