{{- /* Takes a list: root, component; the controller goes by the chart's own name. */}}
{{- define "cert-manager.match" -}}
{{- $name := eq (index . 1) "controller" | ternary "cert-manager" (index . 1) -}}
app.kubernetes.io/name: {{ $name }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "cert-manager.labels" -}}
{{- $root := index . 0 }}
{{- include "cert-manager.match" . }}
app: {{ eq (index . 1) "controller" | ternary "cert-manager" (index . 1) }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: cert-manager-{{ $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "cert-manager.fullname" -}}
{{- eq . "controller" | ternary "cert-manager" (printf "cert-manager-%s" .) }}
{{- end }}
